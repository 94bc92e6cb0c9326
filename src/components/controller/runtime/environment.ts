/** Where a program of the runner believes to be: on the reader's laptop. */
export const HOME = '/home/learner'
/** The API server, by the address in the laptop's kubeconfig. */
export const SERVER = 'https://127.0.0.1:6443'
