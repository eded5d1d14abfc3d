// Runs Azurite and ends when the process that started it ends.
'use strict';
process.stdin.on('close', () => process.exit(0)).resume();
require('azurite/dist/src/azurite.js');
