/** What Heatlens says when something is not as it should be. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** Offers to ask the person again for what was left out. */
  readonly askAgain?: boolean;
}

export const connectionDenied: Notice = {
  title: 'Not connected',
  text: 'You chose not to connect Heatlens. Nothing was shared. You can connect whenever you like.',
};
export const connectionFailed: Notice = {
  title: 'That did not work',
  text: 'Sunrise Buildings could not connect you this time. Please try again.',
};
export const connectionStale: Notice = {
  title: 'Please start again',
  text: 'This attempt to connect is over, or it was started in another browser.',
};
export const accessEnded: Notice = {
  title: 'You are signed out',
  text: 'Heatlens no longer has access to your Sunrise Buildings account. Connect again to carry on.',
};
export const platformSilent: Notice = {
  title: 'Sunrise Buildings does not answer',
  text: 'Please try again in a moment.',
};
export const formForeign: Notice = {
  title: 'Please try again',
  text: 'This form was not sent from a page of Heatlens.',
};
export const measurementsRefused: Notice = {
  title: 'Measurements are not allowed',
  text: 'You let Heatlens see your buildings, but not their measurements, so there are no temperatures here.',
  askAgain: true,
};

export const buildingsRefused: Notice = {
  title: 'Not allowed',
  text: 'Heatlens may not see your buildings. You left that out when you connected.',
  askAgain: true,
};
export const pageUnknown: Notice = {
  title: 'Not found',
  text: 'There is nothing at this address.',
};
