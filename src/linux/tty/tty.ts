import type { Session } from '../process/pid.ts'
export interface Tty { session: Session | undefined }
