// The order in which Jest runs files. By itself it begins with the largest, where it has not seen yet how long each takes,
// as in CI: end-to-end tests take longer than they are long, and one of them longest of all.
const { default: Sequencer } = require('@jest/test-sequencer');

const RANKS = [/matrix\.e2e\.ts$/, /\.e2e\.ts$/, /$/];

module.exports = class LongestFirstSequencer extends Sequencer {
  sort(tests) {
    const rankOf = ({ path }) => RANKS.findIndex((rank) => rank.test(path));
    return super.sort(tests).sort((a, b) => rankOf(a) - rankOf(b));
  }
};
