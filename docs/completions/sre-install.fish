# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sre_install_global_optspecs
    string join \n json events= q/quiet bundle= key= allow-older-serial allow-unsigned-bundle-which-anyone-could-have-made state= site= files= yes from= until= only= again seed-authority= ansible-playbook= h/help V/version
end

function __fish_sre_install_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sre_install_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sre_install_using_subcommand
    set -l cmd (__fish_sre_install_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sre-install -n "__fish_sre_install_needs_command" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l site -d 'Bring this site about, after its plan was agreed to' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l files -d 'Keep inventory, tokens and keys of hosts in this folder [default: sites/NAME of the state directory]' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l from -d 'Begin with this phase; those before it must stand' -r
complete -c sre-install -n "__fish_sre_install_needs_command" -l until -d 'End with this phase' -r
complete -c sre-install -n "__fish_sre_install_needs_command" -l only -d 'Do this phase alone; those before it must stand' -r
complete -c sre-install -n "__fish_sre_install_needs_command" -l seed-authority -d 'Use a seed server that somebody else runs, and believe this authority for its certificate' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l ansible-playbook -d 'Run this program instead of the Ansible of the bundle' -r -F
complete -c sre-install -n "__fish_sre_install_needs_command" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_needs_command" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_needs_command" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_needs_command" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_needs_command" -l yes -d 'Do as the plan says without asking'
complete -c sre-install -n "__fish_sre_install_needs_command" -l again -d 'Do the phases even if their result stands'
complete -c sre-install -n "__fish_sre_install_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_needs_command" -s V -l version -d 'Print version'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "apply" -d 'Bring a site about: serve the bundle, reach its hosts, harden them, install RKE2'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "init" -d 'Write a commented site file for a new site'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "verify" -d 'Check signatures, serial and every byte of a bundle'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "inspect" -d 'Show what a bundle holds, from its contents table alone'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "preflight" -d 'Show everything that would stop an installation, on this machine and on every node'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "plan" -d 'Show what `seed` would send, or what the hosts of a site would get'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "seed" -d 'Fill a registry from a bundle'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "serve" -d 'Serve a bundle in place, to nodes and people'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "status" -d 'Show where everything stands, and what was done on this machine'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "trust" -d 'Show whom this machine believes, or rotate a trust file'
complete -c sre-install -n "__fish_sre_install_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l site -d 'Bring this site about' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l files -d 'Keep inventory, tokens and keys of hosts in this folder [default: sites/NAME of the state directory]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l from -d 'Begin with this phase; those before it must stand' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l until -d 'End with this phase' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l only -d 'Do this phase alone; those before it must stand' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l seed-authority -d 'Use a seed server that somebody else runs, and believe this authority for its certificate' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l ansible-playbook -d 'Run this program instead of the Ansible of the bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l yes -d 'Do as the plan says without asking'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l again -d 'Do the phases even if their result stands'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l out -d 'Write the site file here' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l name -d 'Call the site this' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l domain -d 'Have the names of its services below this domain' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l node -d 'Take this machine, `NAME=ADDRESS` or `NAME=ADDRESS,agent`; the first one begins the cluster' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l ssh-user -d 'Log in as this user' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l ssh-key -d 'Log in with this private key' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l ntp -d 'Take the time from this server' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l dns -d 'Ask this server for names' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l subnet -d 'Tell that the nodes are in this range of addresses' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l gateway -d 'Tell that this is the router' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l vip -d 'Move this address between the servers, `ADDRESS@INTERFACE`' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l cni -d 'Have this network between pods: canal or cilium' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l profile -d 'Harden by this profile: stig, cis or baseline' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l threads -d 'Use this many threads [default: one for each core]' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand verify" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l tree -d 'Show folders and files'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l images -d 'Show kinds, platforms and sizes of images, charts and artifacts'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l site -d 'Look at the nodes of this site' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l files -d 'Keep keys of hosts in this folder, and find tokens there [default: sites/NAME in the state directory]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l only-node -d 'Look at this node and at no other; may be given more than once' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l ansible-playbook -d 'Judge this program instead of the Ansible of the bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand preflight" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l ca-file -d 'Trust the certificate authorities of this PEM file besides the system\'s' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l username -d 'Log in as this user instead of the one in the docker and podman files' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l password-file -d 'Read the password from the first line of this file' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l site -d 'Show what the hosts of this site would get' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l files -d 'Write the inventory and the files of the hosts into this folder' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l seed-authority -d 'Have hosts believe this authority for the seed server\'s certificate; without it they must believe it already' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l to -d 'Fill this registry: `https://registry[:port][/prefix]`, or `http://` without TLS' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand plan" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l to -d 'Fill this registry: `https://registry[:port][/prefix]`, or `http://` without TLS' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l ca-file -d 'Trust the certificate authorities of this PEM file besides the system\'s' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l username -d 'Log in as this user instead of the one in the docker and podman files' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l password-file -d 'Read the password from the first line of this file' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l audit -d 'Read back this much in the end' -r -f -a "digests\t'Every manifest is read back and hashed; every blob and tag is asked for by its digest'
bytes\t'Every byte of every blob is read back and hashed, too'"
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l uploads -d 'Send this many blobs at once' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l overwrite-tags -d 'Move tags that name something else in the target to what the bundle carries'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand seed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l listen -d 'Listen here; port 0 takes any free one' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l prefix -d 'Give images out under this path, too' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l tls-cert -d 'Use this certificate chain (PEM) instead of one made on the spot' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l tls-key -d 'Use this key (PEM, no passphrase) for the certificate' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l name -d 'Put this host name or address into the certificate made on the spot, too' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l htpasswd -d 'Ask for a user and password from this file, as `htpasswd -B` writes it' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l max-connections -d 'Take at most this many connections at a time; others wait' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l idle-timeout -d 'Close connections whose client stands still for so many seconds' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l plain-http -d 'Speak HTTP without TLS'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand serve" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l last -d 'Show this many receipts, the newest last' -r
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand status" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -f -a "show" -d 'Show the fingerprints of all keys that are believed here'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -f -a "rotate" -d 'Put the next version of a trust file in place of the one with the same name'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and not __fish_seen_subcommand_from show rotate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l events -d 'Write what happens to a file, one JSON object a line' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l bundle -d 'Work on this bundle' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l key -d 'Believe this public key or trust file [default: all in /etc/sre/trust.d]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l state -d 'Keep receipts, serials and locks here [default: /var/lib/sre for root, else ~/.local/state/sre]' -r -F
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l json -d 'Print the result as one JSON document'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Show warnings and errors only'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l allow-older-serial -d 'Go back to a bundle older than the one that was applied here'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l allow-unsigned-bundle-which-anyone-could-have-made -d 'Use a bundle that nobody has signed'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the fingerprints of all keys that are believed here'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Put the next version of a trust file in place of the one with the same name'
complete -c sre-install -n "__fish_sre_install_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "apply" -d 'Bring a site about: serve the bundle, reach its hosts, harden them, install RKE2'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "init" -d 'Write a commented site file for a new site'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "verify" -d 'Check signatures, serial and every byte of a bundle'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "inspect" -d 'Show what a bundle holds, from its contents table alone'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "preflight" -d 'Show everything that would stop an installation, on this machine and on every node'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "plan" -d 'Show what `seed` would send, or what the hosts of a site would get'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "seed" -d 'Fill a registry from a bundle'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "serve" -d 'Serve a bundle in place, to nodes and people'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "status" -d 'Show where everything stands, and what was done on this machine'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "trust" -d 'Show whom this machine believes, or rotate a trust file'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and not __fish_seen_subcommand_from apply init verify inspect preflight plan seed serve status trust help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "show" -d 'Show the fingerprints of all keys that are believed here'
complete -c sre-install -n "__fish_sre_install_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "rotate" -d 'Put the next version of a trust file in place of the one with the same name'
