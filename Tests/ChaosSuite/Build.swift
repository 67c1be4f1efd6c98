import ArgumentParser

/// How this program was built, and with it what it breaks: the programs beside it.
enum Build {
    static var isOptimised: Bool {
        #if DEBUG
        false
        #else
        true
        #endif
    }

    /// - Parameter release: Whether `--release` was given, which Tests/chaos acts on.
    static func check(_ release: Bool) throws(ValidationError) {
        guard !release || isOptimised else {
            throw ValidationError("this program is not optimised: with --release run ./Tests/chaos, which builds what is")
        }
    }
}
