import { describe, expect, it } from '@jest/globals';
import { commandsInSentences, harmless } from '../../install/docs/sentences.ts';

describe('the commands in the sentences of a page', () => {
  it.each([
    { name: 'what can be run', page: 'See `kubectl get nodes`.', want: ['kubectl get nodes'] },
    { name: 'over two lines', page: '`kubectl delete crd\na b`', want: ['kubectl delete crd a b'] },
    { name: 'not what is only named', page: '`kubectl drain`, `helm upgrade --install`', want: [] },
    { name: 'not other words', page: '`spec.rescue`, `npm run demo`', want: [] },
    { name: 'not those of the plugin', page: '`kubectl medevac rescue NAME`', want: [] },
    { name: 'not those of a block', page: '```text\n`kubectl get nodes`\n```\n', want: [] },
  ])('are $name', ({ page, want }) => {
    expect(commandsInSentences(page)).toEqual(want);
  });

  it.each([
    { command: 'kubectl describe node NODE', want: 'kubectl describe node node-a' },
    {
      command: 'kubectl describe livemigration NAME -n NAMESPACE',
      want: 'kubectl describe livemigration web-1-away -n team-a',
    },
    { command: 'kubectl get instance NAME', want: 'kubectl get instance web-1' },
    {
      command: 'kubectl uncordon DESTINATION',
      want: 'kubectl uncordon node-b --dry-run=server',
    },
  ])('are run as $want', ({ command, want }) => {
    expect(harmless(command)).toBe(want);
  });
});
