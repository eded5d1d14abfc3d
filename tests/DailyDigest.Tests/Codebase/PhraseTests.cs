using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>
/// The language of documents, comments, logs, pages and names is plain technical English. Spelling is checked by tests/run; phrases are
/// checked here.
/// </summary>
public sealed partial class PhraseTests
{
    /// <summary>A phrase that is not used, as a regular expression, and what to write instead.</summary>
    private static readonly (string Phrase, string Instead)[] Phrases =
    [
        // Idioms and old-fashioned words.
        (@"\bhalf as \w+ again\b", "the figure: 1.5 times"),
        (@"\bas ever\b", "as before"),
        (@"\bby and by\b", "over time"),
        (@"\bof which only\b", "two sentences"),
        (@"\b[Ww]ho(?:so|m)?ever\b", "the actor: a reader who, a process that"),
        (@"\b(?:is|are) worn\b", "is used up, is at its limit"),
        (@"\bneed not be\b", "does not have to be"),
        (@"\bin good order\b", "released, completed"),
        (@"\bcomes? to (?:its|an|the) end\b", "ends"),
        (@"\bsee(?:s|n)? to (?:it|those|them|that)\b", "handles, ensures"),
        (@"\bstumbl(?:e|es|ed|ing) over\b", "failed on"),
        (@"\b[Uu]pon\b", "on"),
        (@"\btill\b", "until"),

        // Metaphors.
        (@"\b(?:in|of|from|leaves?|left) the house\b", "the product, the code base"),
        (@"\b[Tt]he doors? (?:is|are|was|were) (?:closed|open)\b", "what is refused, and until when"),
        (@"\bleft alone\b", "paused, unchanged, not read"),
        (@"\bleft behind\b", "abandoned, not removed"),
        (@"\bon the wire\b", "being sent"),
        (@"\b(?:is|are|be) told\b", "is logged, is shown, is reported"),
        (@"\b[Oo]perator's word\b", "operator's order"),

        // Names, and the field's word for them.
        (@"Patience\b|\bpatience\b", "timeout, wait"),
        (@"Believed\b", "max age"),
        (@"\bMost[A-Z]", "Max"),
        (@"Broom|\bbroom\b", "purge batch"),
        (@"Shel(?:f|ves)\b|\bshel(?:f|ves)\b", "cache"),
        (@"\bLoans?\b|\bloans?\b", "lease"),
        (@"\b(?:TheProgram|WayOn|PartTurn|PartNudge|House)\b", "the name of what it is"),
    ];

    [Fact]
    public void Texts_use_the_plain_word()
    {
        var hits = Texts().SelectMany(path => Phrases.SelectMany(one => Regex.Matches(Repository.Read(path), one.Phrase)
            .Select(match => $"{path}: '{match.Value}': write {one.Instead}")));

        Repository.AssertNone(hits);
    }

    /// <summary>"What was sent is kept" makes the reader wait for the verb. A question is not affected.</summary>
    [Fact]
    public void A_sentence_begins_with_its_subject()
    {
        var hits = Texts()
            .SelectMany(path => Prose(path).SelectMany(text => Inverted().Matches(text)).Select(match => $"{path}: '{match.Value}'"));

        Repository.AssertNone(hits);
    }

    [Fact]
    public void The_spelling_list_is_sorted_and_has_each_word_once()
    {
        var words = Repository.Read("tests/spelling/words.txt").TrimEnd().Split('\n');

        Assert.Equal(words.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase), words);
    }

    private static IEnumerable<string> Texts() => Repository
        .Files("", ".md", ".cs", ".razor", ".cshtml", ".js", "tests/run", ".ci/run")
        .Where(path => !path.Contains("Codebase/PhraseTests", StringComparison.Ordinal));

    /// <summary>The paragraphs of a document without headings, code and tables' rules; the comments of code, one each.</summary>
    private static IEnumerable<string> Prose(string path)
    {
        var text = Repository.Read(path);
        var blocks = path.EndsWith(".md", StringComparison.Ordinal)
            ? Break().Split(NotProse().Replace(text, "\n\n"))
            : Comment().Matches(text).SelectMany(match => Break().Split(Tag().Replace(CommentMark().Replace(match.Value, "\n"), "\n\n")));
        return blocks.Select(block => Space().Replace(block, " ").Trim());
    }

    // Up to the end of the sentence, which is not a question mark.
    [GeneratedRegex(@"(?:^|(?<=[.:;!?] ))(?:Of|What|Who|Whom|Whose|Where) (?:[^.?!]|[.?!](?=\S))*[.;](?=\s|$)")]
    private static partial Regex Inverted();

    [GeneratedRegex(@"```.*?```|^#.*?$|\||^\s*(?:[-*>]|\d+\.)\s", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex NotProse();

    [GeneratedRegex(@"(?:^[ \t]*(?://+|#)[^\n]*\n)+", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^[ \t]*(?://+|#)", RegexOptions.Multiline)]
    private static partial Regex CommentMark();

    [GeneratedRegex(@"</?(?:summary|param|returns|remarks|exception)\b[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Break();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
