// Azurite, which ends when whoever started it does.
'use strict';
process.stdin.on('close', () => process.exit(0)).resume();
require('azurite/dist/src/azurite.js');
