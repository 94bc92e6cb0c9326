/**
 * Errors of fields, worded as apimachinery/pkg/util/validation/field words them.
 */
import { goJson, isObj, quote, sorted } from './json.ts'

export type FieldErrorType =
  | 'required'
  | 'invalid'
  | 'duplicate'
  | 'forbidden'
  | 'notSupported'
  | 'notFound'
  | 'tooLong'
  | 'tooMany'
  | 'internal'
  | 'typeInvalid'

const WORDS: { readonly [T in FieldErrorType]: string } = {
  required: 'Required value',
  invalid: 'Invalid value',
  duplicate: 'Duplicate value',
  forbidden: 'Forbidden',
  notSupported: 'Unsupported value',
  notFound: 'Not found',
  tooLong: 'Too long',
  tooMany: 'Too many',
  internal: 'Internal error',
  typeInvalid: 'Invalid value',
}

export class FieldError {
  readonly type: FieldErrorType
  readonly field: string
  readonly value: unknown
  readonly detail: string

  constructor(type: FieldErrorType, field: string, value: unknown, detail: string) {
    this.type = type
    this.field = field
    this.value = value
    this.detail = detail
  }

  /** Without the field's path. */
  text(): string {
    const words = WORDS[this.type]
    const body = WITH_VALUE.has(this.type) && this.value !== OMITTED ? `${words}: ${valueText(this.value)}` : words
    return this.detail === '' ? body : `${body}: ${this.detail}`
  }

  toString(): string {
    return `${this.field}: ${this.text()}`
  }
}

const WITH_VALUE = new Set<FieldErrorType>(['invalid', 'duplicate', 'notSupported', 'notFound', 'typeInvalid', 'tooMany'])

function valueText(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return isObj(value) && typeof value.raw === 'string' && Object.keys(value).length === 1 ? value.raw : goJson(sorted(value))
}

export const required = (field: string, detail = ''): FieldError => new FieldError('required', field, undefined, detail)
export const invalid = (field: string, value: unknown, detail: string): FieldError => new FieldError('invalid', field, value, detail)
export const duplicate = (field: string, value: unknown): FieldError => new FieldError('duplicate', field, value, '')
export const forbidden = (field: string, detail: string): FieldError => new FieldError('forbidden', field, undefined, detail)
export const notFound = (field: string, value: unknown): FieldError => new FieldError('notFound', field, value, '')
export const tooLong = (field: string, max: number): FieldError =>
  new FieldError('tooLong', field, undefined, max >= 0 ? `may not be more than ${max} bytes` : 'value is too long')
export const tooMany = (field: string, actual: number, max: number): FieldError =>
  new FieldError('tooMany', field, actual, `must have at most ${max} ${max === 1 ? 'item' : 'items'}`)
export const notSupported = (field: string, value: unknown, values: readonly string[]): FieldError =>
  new FieldError('notSupported', field, value, values.length === 0 ? '' : `supported values: ${values.map((v) => quote(v)).join(', ')}`)
export const internal = (field: string, why: string): FieldError => new FieldError('internal', field, undefined, why)
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError =>
  new FieldError('typeInvalid', field, value, detail)

/** In place of a value that is not to be shown. Source: field.OmitValueType. */
export const OMITTED: { readonly omitted: true } = Object.freeze({ omitted: true })

/** Text put in place of a value as it stands: what Go prints in its own syntax. */
export const verbatim = (raw: string): { readonly raw: string } => ({ raw })
