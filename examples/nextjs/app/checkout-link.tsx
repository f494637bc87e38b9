'use client';

/** A client component: it cannot read options, so it gets the flags as a property. */
export function CheckoutLink({ flags }: { flags: Record<'new-checkout', boolean> }) {
  return <a href="/checkout">{flags['new-checkout'] ? 'New checkout' : 'Checkout'}</a>;
}
