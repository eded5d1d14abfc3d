using DailyDigest.Runs;

namespace DailyDigest.Mail.Returns;

/// <summary>A text in which several signs are looked for. It is prepared once, when the first is.</summary>
/// <param name="text">The text as it came.</param>
internal sealed class SignText(string text)
{
    private string? prepared;

    /// <summary>The text as it came.</summary>
    public string Text => text;

    /// <summary>The text as phrases are looked for in it.</summary>
    public string Prepared => prepared ??= ReplyText.Prepare(text);

    /// <summary>True if the text has a phrase with the label.</summary>
    public bool Has(string label) => ReturnSigns.IsIn(label, Prepared);
}
