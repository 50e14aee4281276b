// The first thing that runs, in plain JavaScript, because an older Node cannot even parse the rest.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This is Node ${process.versions.node}; the program needs 22.18 or later and brings Node 24 along: start it with \`npm start\` after \`npm ci\`.`,
  );
  process.exit(2);
}
await import('./main.ts');
