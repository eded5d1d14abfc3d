using DailyDigest.Runs;

namespace DailyDigest.Mail.Returns;

/// <summary>Phrases that show what a message is, from <c>signs.txt</c>.</summary>
internal static class ReturnSigns
{
    private static readonly PhraseTable Table = PhraseTable.Load(typeof(ReturnSigns).Assembly, "DailyDigest.Mail.signs.txt");

    /// <summary>True if the text has a phrase with the label.</summary>
    public static bool Has(string label, string text) => IsIn(label, ReplyText.Prepare(text));

    /// <summary>The same for a text as <see cref="ReplyText.Prepare"/> returns it.</summary>
    public static bool IsIn(string label, string prepared) => Table.Find(prepared, one => one == label) is not null;

    /// <summary>The cause that sendmail names in a subject, such as "Returned mail: User unknown"; empty if there is none.</summary>
    public static string CauseIn(string subject) =>
        subject.StartsWith("Returned mail: ", StringComparison.OrdinalIgnoreCase) ? subject["Returned mail: ".Length..] : "";

    /// <summary>True if a mail system has the name or address.</summary>
    public static bool IsDaemon(string from) => Has("daemon", from.Replace('@', ' '));
}
