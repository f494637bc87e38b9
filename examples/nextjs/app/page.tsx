/** The page of the shop: options and flags of one generation, also after it has waited for the products. */
import { readFile } from 'node:fs/promises';
import { requestOptions } from '../lib/request-options';
import { CheckoutLink } from './checkout-link';

export default async function Page() {
  const { options, log } = await requestOptions();
  const products: string[] = JSON.parse(await readFile('data/products.json', 'utf8'));
  log.info('page rendered');
  return (
    <main>
      <ul>
        {products.slice(0, options['page-size']).map((product) => (
          <li key={product}>{product}</li>
        ))}
      </ul>
      <Checkout />
    </main>
  );
}

/** Rendered after the products were read: it has the values of the page, also if new ones have arrived since. */
async function Checkout() {
  const { options, flags } = await requestOptions();
  return (
    <p>
      {options.greeting}: <CheckoutLink flags={flags} />
    </p>
  );
}
