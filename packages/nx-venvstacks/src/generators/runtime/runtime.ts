import { forPeople } from '../for-people';
import { createLayer, type NewLayerOptions } from '../new-layer';

/** `nx g nx-venvstacks:runtime`. */
export default forPeople<NewLayerOptions>((tree, options) => createLayer(tree, 'runtime', options));
