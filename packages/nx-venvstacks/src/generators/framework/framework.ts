import { forPeople } from '../for-people';
import { createLayer, type NewLayerOptions } from '../new-layer';

/** `nx g nx-venvstacks:framework`. */
export default forPeople<NewLayerOptions>((tree, options) => createLayer(tree, 'framework', options));
