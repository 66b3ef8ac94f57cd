/**
 * Entry of the engine process. `tidemark run` loads this bundle into its own process, so that all of its other
 * commands do without it.
 */
export {
  startEngine,
  type EngineOptions,
  type Ready,
  type RunningEngine,
  type Started,
} from './process/run-engine.ts';
