import type { Question } from '../dispatch/question.ts';

/** The question with the name of the upstream before its message, so that the person sees who asks. */
export const attributeQuestion = (question: Question): Question => {
  const { upstream, params } = question;
  const { message } = params;
  return typeof message === 'string'
    ? { ...question, params: { ...params, message: `${upstream}: ${message}` } }
    : question;
};
