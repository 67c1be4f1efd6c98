/// What is done over and over while its instructions are counted. No Foundation on the way.
protocol MicroWork: AnyObject {
    /// Does so many rounds.
    ///
    /// - Returns: What came out of all of them, added up, so that nothing is left out because nobody looks at it.
    func run(_ rounds: Int) throws -> Int

    /// What comes out of one round.
    var expected: Int { get }
}
