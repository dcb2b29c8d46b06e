/** zod schemas for API input, apart from the main entry so that only those who use them need zod. */
export { secretSchema, storedHashSchema } from './credentials/schemas.ts';
