using DailyDigest.Server.Commands;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The findings of the doctor: relays, settings that nothing reads, keys, DNS records, the pickup folder.</summary>
public sealed partial class CommandsTroubleTests
{
    private static Dictionary<string, string[]?> NoRecords => new()
    {
        ["example.com"] = null,
        ["s1._domainkey.example.com"] = null,
        ["_dmarc.example.com"] = null,
    };

    [Fact]
    public async Task The_doctor_reports_an_unreachable_relay_and_does_not_check_further_steps()
    {
        (await publication.OpenAsync(Cancellation)).Dispose();
        var (code, output, _) = await ExamineAsync(new Dictionary<string, string[]?>
        {
            ["example.com"] = ["v=spf1 include:relay.example.net -all", "something else"],
            ["relay.example.net"] = ["v=spf1 ip4:192.0.2.1 -all"],
            ["s1._domainkey.example.com"] = ["v=DKIM1; k=rsa; p=MIGf"],
            ["_dmarc.example.com"] = ["v=DMARC1; p=none"],
        });
        Assert.Equal(1, code);
        Assert.Contains("settings all: OK", output, StringComparison.Ordinal);
        Assert.Contains("storage probe: OK", output, StringComparison.Ordinal);
        Assert.Contains("templates mail: OK", output, StringComparison.Ordinal);
        Assert.Contains("smtp connect: FAILED: cannot connect: the connection was refused", output, StringComparison.Ordinal);
        Assert.Contains("smtp login: not checked", output, StringComparison.Ordinal);
        Assert.Contains("dns SPF: OK: v=spf1 include:relay.example.net -all (1 of 10 lookups)", output, StringComparison.Ordinal);
        Assert.Contains("dns DKIM: OK", output, StringComparison.Ordinal);
        Assert.Contains("dns DMARC: OK", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_warns_of_unknown_settings_with_the_nearest_name_and_without_the_value()
    {
        // cspell:ignore Acount Mial PASWORD
        foreach (var name in (string[])[
            "Mail__Hots", "MAIL__PASWORD", "Mial__Host", "Mail__Relays__0__Prot", "Mail__Relays__0__OAuth__TokenUri", "Mail__Nonsense",
            "Publication__Languages", "Delivery__Deadlines__0",
            "Delivery__Deadline__0", "Storage__Azure__AcountName", "Other__Host", "MAIL",
            "Returns__Hooks__SesTopics", "Returns__Hook__SesTopic"])
        {
            publication.Settings[name] = "hunter2";
        }

        publication.Settings["Mail__Relays__0__Host"] = "relay.example.net";
        publication.Settings["Mail__FeedbackSender"] = "courier";
        publication.Settings.Remove("Publication__Languages__0");
        publication.Settings.Remove("Publication__Languages__1");
        string[] expected =
        [
            "settings Delivery__Deadline__0: warning: it is not a list; the nearest is Delivery__Deadline",
            "settings Delivery__Deadlines: warning: there is no such setting; the nearest is Delivery__Deadline",
            "settings Mail__PASWORD: warning: there is no such setting; the nearest is Mail__Password",
            "settings Mail__Hots: warning: there is no such setting; the nearest is Mail__Host",
            "settings Mail__Nonsense: warning: there is no such setting",
            "settings Mail__Relays__0__Prot: warning: there is no such setting; the nearest is Mail__Relays__0__Port",
            "settings Mail__Relays__0__OAuth__TokenUri: warning: there is no such setting; the nearest is Mail__Relays__0__OAuth__TokenUrl",
            "settings Mial__Host: warning: there is no section Mial; the nearest is Mail__Host",
            "settings Publication__Languages: warning: it is a list, and this form is not read; the nearest is Publication__Languages__0",
            "settings Returns__Hook: warning: there is no such setting",
            "settings Returns__Hooks__SesTopics: warning: there is no such setting; the nearest is Returns__Hooks__SesTopic",
            "settings Storage__Azure__AcountName: warning: there is no such setting; the nearest is Storage__Azure__AccountName",
        ];
        var (_, output, error) = await ExamineAsync(NoRecords);
        Assert.Equal(expected.Order(StringComparer.OrdinalIgnoreCase), Warnings(output));
        Assert.DoesNotContain("hunter2", output + error, StringComparison.Ordinal);

        // This matters most where the misspelt setting is required.
        publication.Settings.Remove("Mail__Host");
        publication.Settings.Remove("Mail__Relays__0__Host");
        var (code, said, _) = await CommandsTests.RunAsync(publication, ["doctor"]);
        Assert.Equal(2, code);
        Assert.Contains("settings Mail__Host: FAILED: ", said, StringComparison.Ordinal);
        Assert.Contains("settings Mail__Hots: warning: there is no such setting; the nearest is Mail__Host", Warnings(said));

        static IEnumerable<string> Warnings(string text) =>
            text.Split('\n').Where(line => line.Contains(": warning: ", StringComparison.Ordinal)).Order(StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Verbs_that_send_mail_report_unknown_settings_at_the_start()
    {
        const string Hots = "settings Mail__Hots: warning: there is no such setting; the nearest is Mail__Host";
        publication.Settings["Mail__Hots"] = "hunter2";
        var (code, output, error) = await CommandsTests.RunAsync(publication, ["run"]);
        Assert.Equal((0, Hots + "\n"), (code, error));
        Assert.StartsWith("Nothing is due.", output, StringComparison.Ordinal);
        Assert.Equal(
            (0, ""), (await CommandsTests.RunAsync(publication, ["status"])) is var status ? (status.Code, status.Error) : default);

        publication.Settings["Urls"] = "http://127.0.0.1:word";
        (code, _, error) = await CommandsTests.RunAsync(publication, ["serve"]);
        Assert.Equal(2, code);
        Assert.StartsWith(Hots + "\nUrls: ", error, StringComparison.Ordinal);

        // The one that is missed is the one that is misspelt.
        publication.Settings.Remove("Mail__Host");
        foreach (var verb in (string[])["run", "serve"])
        {
            (code, _, error) = await CommandsTests.RunAsync(publication, [verb]);
            Assert.Equal(2, code);
            Assert.StartsWith(Hots + "\nMail__Host: ", error, StringComparison.Ordinal);
            Assert.Equal(2, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        }
    }

    [Fact]
    public async Task The_doctor_warns_of_no_setting_that_the_documentation_names()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "docs", "configuration.md")))
        {
            folder = folder.Parent!;
        }

        var text = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "docs", "configuration.md"), Cancellation);
        var names = System.Text.RegularExpressions.Regex.Matches(text, @"(?m)^\| `([A-Z]\w+__\w+)`").Select(
            match => match.Groups[1].Value).ToList();
        Assert.InRange(names.Count, 50, 300);
        foreach (var name in names)
        {
            publication.Settings[name] = "x";
        }

        var (_, output, _) = await CommandsTests.RunAsync(publication, ["doctor"]);
        Assert.Contains(": FAILED: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            output.Split('\n'), line => line.Contains(": warning: ", StringComparison.Ordinal)
                && !line.Contains("it is a list", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("starttls", SmtpSecurity.None, "smtp TLS: FAILED: ",
        "Change Mail__Security: it is starttls, which this port does not offer")]
    [InlineData("starttls", SmtpSecurity.StartTls, "smtp TLS: FAILED: ",
        "Mail__Security is starttls: its certificate must be valid for Mail__Host, or be the one of Mail__CertificateSha256")]
    [InlineData("tls", SmtpSecurity.None, "smtp TLS: FAILED: ",
        "Change Mail__Security: it is tls, and a port that begins in plain text (587, 25) needs starttls")]
    [InlineData("starttls", SmtpSecurity.Tls, "smtp greeting: FAILED: ",
        "If this port speaks TLS from the first byte (465), set Mail__Security to tls")]
    public async Task The_doctor_names_the_setting_to_change_if_a_relay_uses_another_kind_of_TLS(
        string wanted, SmtpSecurity offered, string step, string advice)
    {
        await using var relay = await SmtpRecorder.StartAsync(new SmtpOptions { Security = offered }, Cancellation);
        publication.Settings["Mail__Port"] = relay.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        publication.Settings["Mail__Security"] = wanted;
        if (offered == SmtpSecurity.Tls)
        {
            // It waits for a greeting that does not come.
            publication.Settings["Mail__TimeoutSeconds"] = "2";
        }

        var (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(1, code);
        var line = Assert.Single(output.Split('\n'), line => line.StartsWith(step, StringComparison.Ordinal));
        Assert.Contains(advice, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_names_the_settings_of_the_right_relay()
    {
        await using var relay = await SmtpRecorder.StartAsync(new SmtpOptions { Security = SmtpSecurity.None }, Cancellation);
        publication.Settings["Mail__Security"] = "none";
        publication.Settings["Mail__Relays__0__Host"] = "127.0.0.1";
        publication.Settings["Mail__Relays__0__Port"] = relay.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(1, code);
        Assert.Contains($"\nsmtp 127.0.0.1:{publication.Settings["Mail__Port"]} connect: FAILED: ", output, StringComparison.Ordinal);
        var line = Assert.Single(
            output.Split('\n'), line => line.StartsWith($"smtp 127.0.0.1:{relay.Port} TLS: FAILED: ", StringComparison.Ordinal));
        Assert.Contains("Change Mail__Relays__0__Security: it is starttls", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "not checked: no DNS server answered; the TXT record to publish at s1._domainkey.example.com: v=DKIM1; k=rsa; p=")]
    [InlineData("", "FAILED: there is no record with the key that mail is signed with; the TXT record to publish")]
    [InlineData("v=DKIM1; p=", "FAILED: the key that mail is signed with is revoked; the TXT")]
    [InlineData("v=DKIM1; k=rsa; p=MIGf", "FAILED: the record has another key than mail is signed with; the TXT")]
    [InlineData("v=DKIM1; k=rsa; p=OWN|v=DKIM1; p=OWN", "FAILED: there are 2 records")]
    [InlineData("v=DKIM1; k=rsa; p=OWN", "OK: s1._domainkey.example.com has the key that mail is signed with")]
    public async Task The_doctor_compares_the_record_with_the_key_that_mail_is_signed_with(string? texts, string finding)
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var own = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        publication.Settings["Dkim__Selector"] = "s1";
        publication.Settings["Dkim__PrivateKey"] = key.ExportPkcs8PrivateKeyPem();

        var (_, output, error) = await ExamineAsync(
            new Dictionary<string, string[]?>
            {
                ["example.com"] = null,
                ["s1._domainkey.example.com"] = texts?.Replace("OWN", own[..40] + " " + own[40..], StringComparison.Ordinal)
                    .Split('|', StringSplitOptions.RemoveEmptyEntries),
                ["_dmarc.example.com"] = null,
            },
            selector: false);

        Assert.Contains("dns DKIM: " + finding, output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_tries_the_pickup_folder()
    {
        var outbox = publication.Settings["Mail__PickupFolder"] = Path.Combine(publication.Folder, "outbox");
        var (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(0, code);
        Assert.Contains($"pickup folder: OK: a file was written to {outbox} and deleted", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(outbox));

        Directory.Delete(outbox);
        await File.WriteAllTextAsync(outbox, "a file stands where the folder should", Cancellation);
        (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(1, code);
        Assert.Contains("pickup folder: FAILED: Mail__PickupFolder: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "not checked")]
    [InlineData("", "FAILED")]
    [InlineData("v=spf1 -all|v=spf1 ~all", "FAILED")]
    [InlineData("v=spf1 -all", "OK")]
    public async Task An_unreachable_name_server_is_never_OK(string? texts, string word)
    {
        var (_, output, _) = await ExamineAsync(new Dictionary<string, string[]?>
        {
            ["example.com"] = texts?.Split('|', StringSplitOptions.RemoveEmptyEntries),
            ["s1._domainkey.example.com"] = ["v=DKIM1; p="],
            ["_dmarc.example.com"] = null,
        });
        Assert.Contains($"dns SPF: {word}", output, StringComparison.Ordinal);
        Assert.Contains("dns DKIM: FAILED", output, StringComparison.Ordinal);
        Assert.Contains("dns DMARC: not checked", output, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> ExamineAsync(Dictionary<string, string[]?> records, bool selector = true) =>
        CommandsTests.RunAsync(publication, selector ? ["doctor", "--dkim-selector", "s1"] : ["doctor"], builder => builder.Services
            .AddSingleton(new TxtLookup((name, _) => Task.FromResult<IReadOnlyList<string>?>(records.GetValueOrDefault(name, []))))
            .AddSingleton(new MxLookup((_, _) => Task.FromResult<IReadOnlyList<string>?>(["mx.example.com"]))));
}
