# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sre_bundle_global_optspecs
    string join \n json events= q/quiet h/help V/version
end

function __fish_sre_bundle_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sre_bundle_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sre_bundle_using_subcommand
    set -l cmd (__fish_sre_bundle_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -s h -l help -d 'Print help'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -s V -l version -d 'Print version'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "keygen" -d 'Make key pairs: the private keys stay secret, the public ones go to every site'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "lock" -d 'Resolve everything that the manifest names to digests'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "check" -d 'Prove that the lock holds every image that charts and manifests ask for'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "update" -d 'Show which pins of the manifest have newer versions upstream'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "diff" -d 'Show what differs between two locks or two bundles'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "fetch" -d 'Fetch everything that the lock names, without finishing the bundle'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "pack" -d 'Finish a fetched bundle, unsigned, for `sre-bundle sign` to sign'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "sign" -d 'Sign a finished bundle in place, after every byte of it was checked'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "build" -d 'Fetch everything that the lock names into one signed bundle'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "inspect" -d 'Show what a bundle holds, from its contents table alone'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "trust" -d 'Make, sign and check trust files: who may sign, how many must, and who no longer may'
complete -c sre-bundle -n "__fish_sre_bundle_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l out -d 'Write OUT.key (PKCS#8 PEM, mode 0600), OUT.pub (SPKI PEM), OUT.pgp.key (mode 0600) and OUT.pgp.pub (both armored); nothing is overwritten' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l only -d 'Make this pair alone' -r -f -a "bundle\t'The pair that signs bundles'
openpgp\t'The OpenPGP pair that signs metadata of package repositories'"
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l user-id -d 'Put this name on the OpenPGP key [default: `OUT package repositories`]' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l passphrase-file -d 'Read the passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand keygen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l lock -d 'Read what that resolved to from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l from-list -d 'Ask no upstream, and state the digests of this list for `lock` to confirm later' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l cache -d 'Keep charts and files that must be looked into here [default: ~/.cache/sre/blobs]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l check -l locked -d 'Change nothing, and fail if upstream or the manifest no longer match the lock'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand lock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l lock -d 'Read what that resolved to from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l bundle -d 'Check this finished bundle instead, with the manifest and the lock that it carries' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l key -d 'Check the signature of the bundle with this public key or trust file' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l helm -d 'Render with this helm [default: the one on the path]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l cache -d 'Keep charts here [default: ~/.cache/sre/blobs]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l offline -d 'Fetch nothing, and fail if the cache lacks a chart'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -l renovate -d 'Write the versions of each input into this folder, as Renovate\'s custom data sources read them' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand diff" -l key -d 'Check the signatures of bundles with this public key or trust file' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand diff" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand diff" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand diff" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l lock -d 'Read what that resolved to from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -s o -l output -d 'Write the bundle here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l reuse -d 'Take what this older bundle holds instead of fetching it' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l transfers -d 'Fetch this many blobs at the same time' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l cache -d 'Keep manifests and other small inputs here [default: ~/.cache/sre/blobs]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l repository-key -d 'Sign the metadata of package repositories with this OpenPGP private key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l repository-passphrase-file -d 'Read the passphrase of that key from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l key -d 'Sign with this private key; once for each key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l passphrase-file -d 'Read the keys\' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l signer-command -d 'Have this command sign; `--key` then names its public key' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l unsigned-repositories -d 'Carry package repositories that no key has signed, which hosts believe only when told to'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l allow-moved-tags -d 'Build what is locked without asking upstream where its tags point now'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l lock -d 'Read what that resolved to from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -s o -l output -d 'Write the bundle here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l reuse -d 'Take what this older bundle holds instead of fetching it' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l transfers -d 'Fetch this many blobs at the same time' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l cache -d 'Keep manifests and other small inputs here [default: ~/.cache/sre/blobs]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l key -d 'Sign with this private key; once for each key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l passphrase-file -d 'Read the keys\' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l signer-command -d 'Have this command sign; `--key` then names its public key' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l repository-key -d 'Sign the metadata of package repositories with this OpenPGP private key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l repository-passphrase-file -d 'Read the passphrase of that key from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l unsigned-repositories -d 'Carry package repositories that no key has signed, which hosts believe only when told to'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand pack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l key -d 'Sign with this private key; once for each key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l passphrase-file -d 'Read the keys\' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l signer-command -d 'Have this command sign; `--key` then names its public key' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l remove-others -d 'Take away the signatures of other keys'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l manifest -d 'Read what goes into the bundle from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l lock -d 'Read what that resolved to from here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -s o -l output -d 'Write the bundle here' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l reuse -d 'Take what this older bundle holds instead of fetching it' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l transfers -d 'Fetch this many blobs at the same time' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l cache -d 'Keep manifests and other small inputs here [default: ~/.cache/sre/blobs]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l repository-key -d 'Sign the metadata of package repositories with this OpenPGP private key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l repository-passphrase-file -d 'Read the passphrase of that key from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l key -d 'Sign with this private key; once for each key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l passphrase-file -d 'Read the keys\' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l signer-command -d 'Have this command sign; `--key` then names its public key' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l unsigned-repositories -d 'Carry package repositories that no key has signed, which hosts believe only when told to'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l allow-moved-tags -d 'Build what is locked without asking upstream where its tags point now'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l unsigned -d 'Leave the bundle without a signature, for `sre-bundle sign` to add'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -l key -d 'Check the signatures with this public key or trust file' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -l tree -d 'Show folders and files'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -l images -d 'Show kinds, platforms and sizes of images, charts and artifacts'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -s h -l help -d 'Print help'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -f -a "new" -d 'Write a trust file, or the one that follows another'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -f -a "sign" -d 'Sign a trust file; the signatures lie beside it, in FILE.signatures'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -f -a "check" -d 'Check the signatures of a trust file, and that it may follow another'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and not __fish_seen_subcommand_from new sign check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -s o -l out -d 'Write this file' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l after -d 'Follow this trust file: its keys stay, its version counts one up' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l add -d 'Trust a public key, under a name for people' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l revoke -d 'Trust a key no longer, and say why; its id stays revoked in all later versions' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l threshold -d 'Ask for the signatures of this many keys [default: as before, else 1]' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -l key -d 'Sign with this private key; once for each key' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -l passphrase-file -d 'Read the keys\' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -l signer-command -d 'Have this command sign; `--key` then names its public key' -r
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from check" -l after -d 'Check that it may follow this one' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from check" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from check" -l json -d 'Print the result as one JSON document'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "new" -d 'Write a trust file, or the one that follows another'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign a trust file; the signatures lie beside it, in FILE.signatures'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check the signatures of a trust file, and that it may follow another'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "keygen" -d 'Make key pairs: the private keys stay secret, the public ones go to every site'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "lock" -d 'Resolve everything that the manifest names to digests'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "check" -d 'Prove that the lock holds every image that charts and manifests ask for'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "update" -d 'Show which pins of the manifest have newer versions upstream'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "diff" -d 'Show what differs between two locks or two bundles'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "fetch" -d 'Fetch everything that the lock names, without finishing the bundle'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "pack" -d 'Finish a fetched bundle, unsigned, for `sre-bundle sign` to sign'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "sign" -d 'Sign a finished bundle in place, after every byte of it was checked'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "build" -d 'Fetch everything that the lock names into one signed bundle'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "inspect" -d 'Show what a bundle holds, from its contents table alone'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "trust" -d 'Make, sign and check trust files: who may sign, how many must, and who no longer may'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and not __fish_seen_subcommand_from keygen lock check update diff fetch pack sign build inspect trust help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "new" -d 'Write a trust file, or the one that follows another'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "sign" -d 'Sign a trust file; the signatures lie beside it, in FILE.signatures'
complete -c sre-bundle -n "__fish_sre_bundle_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "check" -d 'Check the signatures of a trust file, and that it may follow another'
