/** What the person pressed on a page that asks them. */
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';

/** Throws parameter_missing, parameter_unsupported: nothing but these two words is an answer. */
export function parseDecision(parameters: Parameters): 'allow' | 'deny' {
  const decision = requireParameter(parameters, 'decision');
  if (decision !== 'allow' && decision !== 'deny') throw new OAuthError('parameter_unsupported');
  return decision;
}
