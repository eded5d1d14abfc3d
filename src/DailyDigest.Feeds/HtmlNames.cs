using System.Collections.Frozen;

namespace DailyDigest.Feeds;

/// <summary>The names of HTML's elements, by what a reader of text does with them.</summary>
internal static class HtmlNames
{
    /// <summary>Elements whose text is not part of what is read.</summary>
    public static readonly FrozenSet<string> Skipped = Set(
        "script style template noscript iframe object svg math head title textarea select button form figcaption noembed noframes");

    /// <summary>Elements that do not separate words.</summary>
    public static readonly FrozenSet<string> Inline = Set(
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp rt rtc ruby s samp small "
        + "span strike strong sub sup time tt u var wbr");

    /// <summary>Elements without an end tag.</summary>
    public static readonly FrozenSet<string> Void = Set("area base br col embed hr img input link meta param source track wbr");

    private static readonly FrozenSet<string> Other = Set(
        "address article aside audio blink blockquote body canvas caption center colgroup datalist dd details dialog dir div dl dt "
        + "fieldset figure footer frame frameset h1 h2 h3 h4 h5 h6 header hgroup html image legend li main map marquee menu meter "
        + "nav ol optgroup "
        + "option output p picture plaintext pre progress search section slot summary table tbody td tfoot th thead tr ul video xmp");

    /// <summary>True for an element of HTML, or a custom one, whose name has a hyphen.</summary>
    public static bool IsKnown(ReadOnlySpan<char> name) =>
        Is(Inline, name) || Is(Other, name) || Is(Void, name) || Is(Skipped, name) || name.Contains('-');

    private static bool Is(FrozenSet<string> names, ReadOnlySpan<char> name) =>
        names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
