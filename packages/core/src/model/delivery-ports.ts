/**
 * What the store keeps of messages to addresses that clients name: written with what they tell of,
 * and sent by a task of the server.
 */

/**
 * What a delivery tells: a session has ended (Back-Channel Logout), or a backchannel request was
 * answered (CIBA §10.2).
 */
export type DeliveryKind = 'logout' | 'ciba-ping';

/** One POST request to a client, to be sent until it arrives or expires. */
export interface Delivery {
  readonly id: string;
  readonly kind: DeliveryKind;
  readonly clientId: string;
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
