using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using MimeKit;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// The product's own digest as files for the others: the whole message for smtp-source, its parts for those who build it themselves.
/// </summary>
internal sealed partial class SampleMail : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-benchmark").FullName;

    private SampleMail() => (MessagePath, PartsPath) = (Path.Combine(folder, "message"), Path.Combine(folder, "parts.json"));

    /// <summary>A DKIM key of 2,048 bits.</summary>
    public string KeyPath => Path.Combine(folder, "dkim.pem");

    public string MessagePath { get; }

    public string PartsPath { get; }

    public int Bytes { get; private set; }

    public static async Task<SampleMail> MakeAsync()
    {
        var mail = new SampleMail();
        using (var key = RSA.Create(2048))
        {
            await File.WriteAllTextAsync(mail.KeyPath, key.ExportPkcs8PrivateKeyPem());
        }

        var pickup = Path.Combine(mail.folder, "pickup");
        await using (var product = new Product(new Dictionary<string, string?> { ["Mail:PickupFolder"] = pickup }))
        {
            await product.PrepareAsync(1, 0);
            await product.WarmUpAsync();
        }

        var file = Directory.GetFiles(pickup, "*.eml").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        mail.Bytes = bytes.Length;

        // smtp-source wants lines that end as the machine's do.
        await File.WriteAllTextAsync(mail.MessagePath, (await File.ReadAllTextAsync(file)).Replace("\r\n", "\n", StringComparison.Ordinal));
        using var message = await MimeMessage.LoadAsync(file);
        var parts = new MailParts(
            message.From.ToString(), message.Subject!, Marked(message.TextBody!), Marked(message.HtmlBody!));
        await File.WriteAllTextAsync(mail.PartsPath, JsonSerializer.Serialize(parts));
        return mail;
    }

    private static string Marked(string text) => Token().IsMatch(text)
        ? Token().Replace(text, match => match.Groups[1].Value + MailParts.Mark)
        : throw new InvalidOperationException(
            string.Create(CultureInfo.InvariantCulture, $"No personal link in a part of {text.Length} characters."));

    [GeneratedRegex("(/(?:unsubscribe|preferences)/)[A-Za-z0-9_-]{40,}")]
    private static partial Regex Token();

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
