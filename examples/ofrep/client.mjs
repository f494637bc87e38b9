/** The page's code in the browser: it knows only OpenFeature. */
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';

const client = OpenFeature.getClient();

function show() {
  // The answers in the page are the defaults: they hold until the provider has asked, and if it cannot.
  const isNew = client.getBooleanValue('new-checkout', window.flags['new-checkout']);
  document.querySelector('#checkout').textContent = isNew ? 'New checkout' : 'Old checkout';
}

show();
client.addHandler(ProviderEvents.Ready, show);
client.addHandler(ProviderEvents.ConfigurationChanged, show);

// Without the provider's own cache: the page has the answers, and the session may be that of another visitor by now.
const options = { baseUrl: location.origin, pollInterval: 1_000, cacheMode: 'disabled' };
OpenFeature.setProvider(new OFREPWebProvider(options));
// For experiments in the console of the browser.
window.OpenFeature = OpenFeature;
