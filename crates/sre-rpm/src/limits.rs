//! The limits of everything that is read from outside, and what follows from each.

/// The longest dependency expression, in bytes; the longest real ones have a few hundred.
pub(crate) const MAX_DEPENDENCY_LENGTH: usize = 16 << 10;
/// The deepest nesting of a boolean dependency; real ones have two levels, and each costs stack.
pub(crate) const MAX_DEPENDENCY_DEPTH: usize = 32;
/// The most clauses that one boolean dependency may become in normal form, which grows exponentially.
pub(crate) const MAX_CLAUSES: usize = 4096;
/// The most packages that the clauses of one boolean dependency may name together.
pub(crate) const MAX_CLAUSE_PACKAGES: usize = 4_000_000;
/// The most packages of which one fulfils a condition, where the solver has to be asked.
pub(crate) const MAX_ALTERNATIVES: usize = 100_000;

/// The largest `repomd.xml`, metalink or mirror list, in bytes.
pub(crate) const MAX_REPOMD: u64 = 4 << 20;
/// The most records of a `repomd.xml`; real ones have about twenty.
pub(crate) const MAX_RECORDS: usize = 256;
/// The most mirrors read from a list.
pub(crate) const MAX_MIRRORS: usize = 4096;
/// The most bytes that a metadata file may have when decompressed: a bomb ends here.
pub(crate) const MAX_OPEN_SIZE: u64 = 4 << 30;
/// The largest groups or modules file, decompressed: these are held in memory.
pub(crate) const MAX_DOCUMENT: u64 = 128 << 20;
/// The longest tag or text between two tags, in bytes: what one step of the XML reader may hold.
pub(crate) const MAX_XML_EVENT: usize = 4 << 20;
/// The deepest nesting of XML elements; repository metadata has six levels.
pub(crate) const MAX_XML_DEPTH: usize = 16;

/// The most packages of one catalog; identities are 32 bits wide and real distributions have 50,000.
pub(crate) const MAX_PACKAGES: usize = 2_000_000;
/// The most dependencies and files of all packages of one catalog; a distribution has three million.
pub(crate) const MAX_ALL_ENTRIES: usize = 30_000_000;
/// The most bytes of all texts of one catalog; those of a distribution have 100 MB.
pub(crate) const MAX_ALL_TEXT: usize = 1 << 30;
/// The most dependencies or files of one package.
pub(crate) const MAX_ENTRIES: usize = 1_000_000;
/// The longest name of a package, capability or file, in bytes.
pub(crate) const MAX_NAME: usize = 16 << 10;
/// The most nodes of a YAML document of modules.
pub(crate) const MAX_YAML_NODES: usize = 20_000_000;

/// The largest header of a package file, in bytes; rpm itself refuses more than 256 MiB.
pub(crate) const MAX_PACKAGE_HEADER: usize = 256 << 20;
/// The largest signature header of a package file, in bytes; rpm itself refuses more than 64 MiB.
pub(crate) const MAX_SIGNATURE_HEADER: usize = 64 << 20;
/// The most signatures looked at on one package.
pub(crate) const MAX_SIGNATURES: usize = 64;
