// Linked with the whole of one floor and nothing above it: if this program links, that floor stands alone.
int main() { return 0; }
