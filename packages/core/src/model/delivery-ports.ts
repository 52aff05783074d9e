/**
 * Messages that wait in the store: to addresses that clients name, and mails to people. Each is
 * written in the act that it tells of, and sent by a task of the server.
 */

/**
 * What a delivery tells: a session has ended (Back-Channel Logout), a backchannel request was
 * answered (CIBA §10.2), or a mail to a person.
 */
export type DeliveryKind = 'logout' | 'ciba-ping' | 'mail';

/**
 * One POST request to a client, or one mail, to be sent until it arrives or expires. The body of a
 * mail is sealed (kernel/mail/mail.ts).
 */
export interface Delivery {
  readonly id: string;
  readonly kind: DeliveryKind;
  /** Empty for a mail. */
  readonly clientId: string;
  /** Empty for a mail: its address is in the sealed body. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** When to try it first. */
  readonly nextAt: number;
  /** After this time it is not tried again. */
  readonly expiresAt: number;
}

/** A delivery that is to be sent now. */
export interface DueDelivery extends Delivery {
  /** How often it was taken to be sent, including this time. */
  readonly attempts: number;
}

/** The deliveries in the store. Each method is one atomic, durable act. The store sends nothing. */
export interface DeliveryStore {
  /** A delivery with an id that exists is not changed. */
  add(delivery: Delivery): Promise<void>;
  /**
   * One act: the deliveries that are due, the longest due first. Each is due again after
   * `seconds`, and after twice as long each further time, up to 64 times as long. So no two nodes
   * send one at the same time, and a node that stops only delays its deliveries.
   */
  takeDue(now: number, limit: number, seconds: number): Promise<readonly DueDelivery[]>;
  /** The delivery has arrived, or is not tried again. */
  done(id: string): Promise<void>;
}
