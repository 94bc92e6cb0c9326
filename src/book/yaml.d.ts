/** What `vite.ts` makes of the YAML files of the book. */
declare module '*/lab.yaml' {
  const lab: import('./types.ts').Lab
  export default lab
}
declare module '*/quiz.yaml' {
  const quiz: import('./types.ts').Quiz
  export default quiz
}
declare module '*/syllabus.yaml' {
  const syllabus: import('./types.ts').Syllabus
  export default syllabus
}
declare module '*/glossary.yaml' {
  const glossary: import('./types.ts').Glossary
  export default glossary
}
