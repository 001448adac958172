import { forPeople } from '../for-people';
import { createLayer, type NewLayerOptions } from '../new-layer';

/** `nx g nx-venvstacks:application`, or `:app`. */
export default forPeople<NewLayerOptions>((tree, options) => createLayer(tree, 'application', options));
