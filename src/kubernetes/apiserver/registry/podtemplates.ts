import { type Draft, draft, obj, str } from '#kubernetes/api/json.ts'
import { formatSelector, selectorFromSet } from '#kubernetes/api/labels.ts'
import { NAME } from '../table.ts'
import { validatePodTemplate } from '../validation/pod.ts'
import { templateWarnings } from '../validation/pod-warnings.ts'
import { builtIn } from './kind.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import { containersAndImages } from './pod-table.ts'

export const podTemplates = builtIn({
  group: '',
  pkg: 'core',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  columns: [NAME, { name: 'Containers' }, { name: 'Images' }, { name: 'Pod Labels' }],
  row: (o) => [
    str(o, 'metadata', 'name'),
    ...containersAndImages(obj(o, 'template', 'spec')),
    formatSelector(
      selectorFromSet(
        obj(o, 'template', 'metadata', 'labels') as {
          readonly [key: string]: string
        },
      ),
    ) || '<none>',
  ],
  strategy: {
    generationOf: (o) => o.template,
    warnings: (o, old) => templateWarnings(o, old, ['template']),
    validate: (o) => validatePodTemplate(obj(o, 'template'), 'template'),
    validateUpdate: (o) => validatePodTemplate(obj(o, 'template'), 'template'),
    defaults(o) {
      defaultPodSpec(draft(draft(o, 'template'), 'spec') as Draft)
    },
  },
})
