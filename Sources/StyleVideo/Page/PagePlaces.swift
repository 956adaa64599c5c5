import FoundationEssentials
import Machine
import Media
import Pages
import SystemPackage

/// Where a page finds its two films.
struct PagePlaces {
    let painting, source: ReportPage.Film.Place

    /// Both are in the page where they take no more than that together.
    private static let mostEmbedded = 8 << 20

    init(_ job: PageJob, painting: ClipInformation, source: ClipInformation) {
        let films = [(job.painting, Self.type(of: painting)), (job.source, Self.type(of: source, job))]
        let played = films.filter { $0.1.type != nil }.map(\.0)
        let isSmall = played.reduce(0) { $0 + (Self.length(of: $1) ?? Self.mostEmbedded + 1) } <= Self.mostEmbedded
        let places = films.map { film, kind in
            guard let type = kind.type else { return ReportPage.Film.Place.none(kind.reason) }
            if isSmall, let data = try? Data(contentsOf: URL(fileURLWithPath: film.string)) {
                return .embedded(Array(data), type: type)
            }
            return .address(Self.address(of: film, from: job.page))
        }
        (self.painting, self.source) = (places[0], places[1])
    }

    /// What a browser calls a film's kind; nil where none plays it, and why.
    private static func type(of clip: ClipInformation, _ job: PageJob? = nil) -> (type: String?, reason: String) {
        if let job, job.selection.raw != nil { return (nil, "raw frames are no film that a browser plays") }
        let shown = Spool.shownName(clip.file)
        if shown != clip.file { return (nil, "\(shown) is no file beside this page") }
        let codecs = ["h264", "hevc", "av1", "vp8", "vp9"]
        let containers = [("mp4", "video/mp4"), ("webm", "video/webm")]
        let names = clip.container.split(separator: ",")
        guard codecs.contains(clip.video.codec), let type = containers.first(where: { names.contains(Substring($0.0)) })
        else { return (nil, "browsers do not play \(clip.video.codec) in \(clip.containerName)") }
        return (type.1, "")
    }

    private static func length(of file: FilePath) -> Int? { OutputFile.length(of: real(file)) }

    private static func address(of file: FilePath, from page: FilePath) -> String {
        Escape.address(of: components(real(file)), from: Array(components(real(page)).dropLast()))
    }

    private static func components(_ path: FilePath) -> [String] { path.components.map(\.string) }

    /// A file's own name in the folder that its path leads to.
    private static func real(_ file: FilePath) -> FilePath {
        let folder = file.removingLastComponent()
        let path = URL(fileURLWithPath: folder.isEmpty ? "." : folder.string).resolvingSymlinksInPath().path
        return FilePath(path).appending(file.lastComponent?.string ?? "")
    }
}
