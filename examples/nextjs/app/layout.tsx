/** The frame of all pages. It has the generation of its page, by the cache of the request. */
import type { ReactNode } from 'react';
import { requestOptions } from '../lib/request-options';

export default async function Layout({ children }: { children: ReactNode }) {
  const { options } = await requestOptions();
  return (
    <html lang="en">
      <body>
        <h1>{options.greeting}</h1>
        {children}
      </body>
    </html>
  );
}
