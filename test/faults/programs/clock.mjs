/** Loaded into a hub before its own code: at each SIGUSR2 its clock jumps, ten years ahead, then three days back, then to the truth. */
const DAYS = 86_400_000;
const JUMPS = [3_650 * DAYS, -3 * DAYS, 0];
const now = Date.now;
let jumps = 0;
let shift = 0;
Date.now = () => now() + shift;
process.on('SIGUSR2', () => {
  shift = JUMPS[jumps % JUMPS.length];
  jumps += 1;
});
