using System.Diagnostics;
using System.Globalization;
using System.Text;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// The reader of the mailbox: a run is delivered, each of its mails bounces, and the bounces stand in a Dovecot on this machine. Another
/// process reads them over TLS, settles them in the same database, and moves or deletes them.
/// </summary>
internal static class MailboxReads
{
    private const int Bytes = 200 * 1024;
    private const string Bounces = "bounces@mail.example.com";

    /// <summary>Fills the mailbox, has it read by a process of its own, and prints a row.</summary>
    public static async Task MeasureAsync(int messages, bool pop3)
    {
        await using var dovecot = await Dovecot.StartAsync(CancellationToken.None);
        using var sink = await Sink.StartQuickAsync();
        var settings = new Dictionary<string, string?>
        {
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = Text(sink.Port),
            ["Mail:Security"] = "none",
            ["Mail:Bounces"] = Bounces,
            ["Mailbox:Host"] = "127.0.0.1",
            ["Mailbox:Port"] = Text(pop3 ? dovecot.Pop3Port : dovecot.ImapPort),
            ["Mailbox:Protocol"] = pop3 ? "pop3" : "imap",
            ["Mailbox:User"] = Dovecot.User,
            ["Mailbox:Password"] = Dovecot.Password,
            ["Mailbox:CertificateSha256"] = dovecot.Fingerprint,
        };
        await using var product = new Product(settings);
        await product.PrepareAsync(warmUp: 1, messages);
        await product.MeasureAsync();
        await FillAsync(product, dovecot);
        settings["Storage:Path"] = Path.Combine(product.Folder, "dailydigest.db");

        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in settings.Select(one => $"{one.Key}={one.Value}").Prepend("mailbox"))
        {
            start.ArgumentList.Add(argument);
        }

        Senders.AsDeployed(start);
        using var reader = Process.Start(start)!;
        var said = await reader.StandardOutput.ReadToEndAsync();
        await reader.WaitForExitAsync();
        Console.WriteLine(
            "| bounces of 200 KB | protocol | settled in | per second | CPU s per 1,000 | table calls per 1,000 | MB before | peak MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        Console.Write(said);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{dovecot.Count()} messages are left in the mailbox."));
    }

    /// <summary>In a process of its own: reads until nothing is left.</summary>
    public static async Task ReadAsync(IReadOnlyDictionary<string, string?> settings)
    {
        await using var product = new Product(settings);
        product.GoToNextHour();
        var (read, calls) = (product.Get<ReadReturns>(), product.Get<CountedTables>());
        var (before, meters) = (Environment.WorkingSet / 1048576.0, new Meters());
        var results = new Dictionary<ReturnResult, int>();
        ReadingReport report;
        do
        {
            report = await read.ExecuteAsync(evenEarly: true, CancellationToken.None);
            foreach (var (result, count) in report.Results)
            {
                results[result] = results.GetValueOrDefault(result) + count;
            }
        }
        while (report.HasMore);

        var (seconds, cpu) = meters.Read();
        var settled = results.Values.Sum();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {settled:#,0} | {settings["Mailbox:Protocol"]} | {seconds:0.0} s | {settled / seconds:0} | {cpu * 1000 / settled:0.000} | ")
            + string.Create(
                CultureInfo.InvariantCulture, $"{calls.Calls * 1000.0 / settled:0} | {before:0} | {Meters.PeakMegabytes():0} |"));
        Console.WriteLine($"{string.Join(", ", results.Select(one => $"{one.Key} {one.Value}"))}{report.Fault}");
    }

    private static async Task FillAsync(Product product, Dovecot dovecot)
    {
        var returned = new string('x', 76) + "\r\n";
        var body = string.Concat(Enumerable.Repeat(returned, Bytes / returned.Length));
        var run = await product.RunAsync();
        await foreach (var row in LedgerReader.DeliveriesAsync(product.Get<ITableStore>(), run, CancellationToken.None))
        {
            var token = product.Get<EnvelopeTokens>().Create(run.Date, row.SubscriberId);
            var to = Bounces.Replace("@", $"+{token}@", StringComparison.Ordinal);
            await dovecot.DeliverAsync(
                Encoding.ASCII.GetBytes(
                    $"From: MAILER-DAEMON@mx.example.org\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
                    + "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                    + "--b\r\nContent-Type: text/plain\r\n\r\nThe mailbox is full: 552 5.2.2 Mailbox full\r\n"
                    + "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
                    + "Final-Recipient: rfc822; reader@example.org\r\nAction: failed\r\nStatus: 5.2.2\r\n"
                    + "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\r\n\r\n"
                    + $"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Today\r\nReturn-Path: <{to}>\r\n\r\n{body}\r\n--b--\r\n"),
                CancellationToken.None);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
