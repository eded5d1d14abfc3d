using DailyDigest.Mail.Returns;
using DailyDigest.Returns;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>The sample messages and what is expected of them, from <c>Samples/expected.tsv</c>.</summary>
internal static class SampleReturns
{
    public static readonly ReturnReader Reader =
        new(new ReturnAddresses("bounces@mail.digest.example", "unsubscribe@mail.digest.example"));

    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Returns", "Samples");

    /// <summary>Sample, server, language, kind, verdict, reason, proof, its value, recipient.</summary>
    public static IReadOnlyList<string[]> Expected { get; } =
    [
        .. File.ReadAllLines(Path.Combine(Folder, "expected.tsv")).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t')),
    ];

    public static byte[] Bytes(string sample) => File.ReadAllBytes(Path.Combine(Folder, sample + ".eml"));

    public static Task<ReturnedMail> ReadAsync(byte[] bytes) =>
        Reader.ReadAsync(new MemoryStream(bytes), TestContext.Current.CancellationToken);

    public static string Kind(ReturnedMail mail) => mail.Kind switch
    {
        ReturnKind.Bounced => "bounce",
        ReturnKind.Delayed => "delay",
        ReturnKind.Delivered => "delivered",
        ReturnKind.Complained => "complaint",
        ReturnKind.Unsubscribe => "unsubscribe",
        ReturnKind.AutoReply => "auto-reply",
        ReturnKind.Challenge => "challenge",
        _ => "other",
    };
}
