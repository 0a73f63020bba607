/** What this browser keeps for later: pins, and which run has which colour. */
export class Kept {
  #key;
  #value;

  constructor(name, empty) {
    this.#key = `crema.${name}`;
    this.#value = empty;
    try {
      const value = JSON.parse(localStorage.getItem(this.#key));
      if (value && typeof value === 'object') this.#value = value;
    } catch {
      // private windows keep nothing, and what others wrote there is no loss
    }
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    try {
      localStorage.setItem(this.#key, JSON.stringify(value));
    } catch {
      // full or forbidden: kept until the page closes
    }
  }
}
