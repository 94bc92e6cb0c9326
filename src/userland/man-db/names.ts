/** Programs of the manual, whose code is loaded by itself (`index.ts`). */
export const MANUAL: readonly string[] = ['man-db/man', 'man-db/whatis', 'man-db/apropos']
