public import Imaging
import Kernels
public import Machine

/// A painting in its source's colours: the painting's luma with the source's chroma, Y' and Cb, Cr of BT.709 (ITU-R
/// BT.709-6, items 3.2 and 3.3, full range) of gamma-encoded components.
///
/// In RGB that is luma + (source - its own luma). Where a component would leave its range, the chroma is made smaller,
/// toward grey, until all fit: the luma stays the painting's and the hue the source's, both of which cutting off
/// components would change.
public enum SourceChroma {
    /// - Parameters:
    ///   - source: what was painted.
    ///   - result: of the same size and format as both; may be either. It takes the painting's place too.
    public static func apply(of source: Frame, to painting: Frame, into result: Frame, team: ThreadTeam) {
        precondition(source.isLike(painting) && result.isLike(painting), "colours of a frame of another kind")
        source.withSamples { source in
            painting.withSamples { luma in
                result.withMutableSamples { to in
                    team.run(painting.height) { y, _ in
                        let row = y * painting.rowStride
                        Colours.chroma(of: source + row, luma: luma + row, width: painting.width, into: to + row)
                    }
                }
            }
        }
        result.place = painting.place
    }
}
