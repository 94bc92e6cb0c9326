/** The thread of {@link ModelBash}: runs each script it is sent. */
import { parentPort } from 'node:worker_threads'
import { runModel } from './model.ts'

parentPort?.on('message', (script: string) => parentPort?.postMessage(runModel(script)))
