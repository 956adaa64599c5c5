internal import Machine

extension ReportPage {
    /// What is to be known before the film is shown to anyone, and what was said on the way.
    var warnings: String { flashWarning + list }

    private var list: String {
        guard !notices.isEmpty else { return "" }
        let items = notices.map { "<li>\(Escape.shown($0))</li>\n" }
        return section("notices", "Notices", "<ul>\n\(items.joined())</ul>\n")
    }

    private var flashWarning: String {
        let own = paintingLight.stretches
        guard let most = own.map(\.flashes).max() else {
            guard let source = sourceLight.stretches.map(\.flashes).max() else { return "" }
            return "<p class=\"note\">The source flashes up to \(source) times a second "
                + "(\(Self.count(sourceLight.stretches.count, "stretch", "stretches"))); the painting stays at three "
                + "or below.</p>\n"
        }
        let source = sourceLight.stretches.map(\.flashes).max()
        let theirs = source.map { "Its source does too, up to \($0) times." } ?? "Its source does not."
        let shown = own.prefix(Self.mostStretches)
        let items = shown.map { stretch in
            "<li><button type=\"button\" data-time=\"\(stretch.start.rounded(digits: 3))\">"
                + "\(Figure.moment(stretch.start)) to \(Figure.moment(stretch.end))</button> "
                + "up to \(stretch.flashes) a second\(stretch.isRed ? ", of saturated red" : "")</li>\n"
        }
        let more = own.count > shown.count ? "<p>And \(own.count - shown.count) more.</p>\n" : ""
        return "<section class=\"warning\" role=\"alert\" aria-labelledby=\"flash-title\">\n"
            + "<h2 id=\"flash-title\">This painting flashes up to \(most) times a second</h2>\n"
            + "<p>More than three flashes in any second can harm people with photosensitive epilepsy, and broadcasters "
            + "refuse them. \(theirs) This is a count of changes of light and of saturated red over a quarter of the "
            + "picture, and no broadcaster's certificate.</p>\n<ul>\n\(items.joined())</ul>\n\(more)</section>\n"
    }

    /// Stretches that are listed.
    private static let mostStretches = 50

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
