/** The languages that source code for OkHttp is written in. */
export const sourceLanguages = ['kotlin', 'java'] as const;
export type SourceLanguage = (typeof sourceLanguages)[number];
