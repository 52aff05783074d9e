/** The answer that a user gave on a page. */
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';

/** Throws parameter_missing, parameter_unsupported. Only these two values are accepted. */
export function parseDecision(parameters: Parameters): 'allow' | 'deny' {
  const decision = requireParameter(parameters, 'decision');
  if (decision !== 'allow' && decision !== 'deny') throw new OAuthError('parameter_unsupported');
  return decision;
}
