//! Has the program built anew when a playbook comes or goes; the compiler sees changes of files alone.

fn main() {
    println!("cargo::rerun-if-changed=../infra/ansible");
}
