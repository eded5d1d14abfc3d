using System.Net;
using DailyDigest.Mail;
using DailyDigest.Server.Commands;
using DnsClient;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The records of From's domain and of the envelope's, asked from a real DNS server on this machine.</summary>
public sealed class MailRecordsTests : IAsyncLifetime
{
    private readonly DnsAnswerer dns = new();
    private readonly MailOptions mail = new() { From = "News <news@example.com>" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        dns.Texts["example.com"] = ["v=spf1 -all", "something else"];
        dns.Texts["_dmarc.example.com"] = ["v=DMARC1; p=none"];
        dns.Hosts["example.com"] = ["mx1.example.com", "mx2.example.com"];
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => dns.DisposeAsync();

    [Fact]
    public async Task Good_records_are_OK_and_the_bounce_domain_is_not_asked_for_if_it_is_the_same()
    {
        mail.Bounces = "bounces@example.com";

        Assert.Equal(
            [
                "dns SPF: OK: v=spf1 -all (0 of 10 lookups)", "dns MX: OK: example.com takes mail at mx1.example.com and 1 more",
                "dns DKIM: not checked: name the relay's selector with --dkim-selector, or set Dkim__Selector and a key to sign here",
                "dns DMARC: OK: v=DMARC1; p=none",
            ],
            await ExamineAsync());
    }

    [Theory]
    [InlineData(
        "v=spf1 include:a.example.net include:b.example.net mx -all",
        "OK: v=spf1 include:a.example.net include:b.example.net mx -all (6 of 10 lookups)")]
    [InlineData("v=spf1 redirect=b.example.net", "OK: v=spf1 redirect=b.example.net (2 of 10 lookups)")]
    [InlineData("v=spf1 exists:%{i}.x.example.net -all", "OK: v=spf1 exists:%{i}.x.example.net -all (1 of 10 lookups)")]
    [InlineData("v=spf1 -all include:none.example.net", "OK: v=spf1 -all include:none.example.net (0 of 10 lookups)")]
    [InlineData("v=spf1 a a a a a a a a a a -all", "OK: v=spf1 a a a a a a a a a a -all (10 of 10 lookups)")]
    [InlineData(
        "v=spf1 a a a a a a a a a include:a.example.net -all",
        "FAILED: the record needs more than 10 lookups, so receivers take it as broken")]
    [InlineData(
        "v=spf1 include:loop.example.net -all",
        "FAILED: example.com, which loop.example.net includes, includes itself, so receivers take the record "
            + "as broken")]
    [InlineData(
        "v=spf1 include:none.example.net -all",
        "FAILED: none.example.net, which example.com includes, has no TXT record with v=spf1")]
    [InlineData(
        "v=spf1 include:silent.example.net -all",
        "not checked: no DNS server answered about silent.example.net, which example.com includes,")]
    [InlineData("v=spf1 include: -all", "FAILED: the record of example.com includes , which is no domain")]
    [InlineData(
        "v=spf1 -all ipv4:192.0.2.1",
        "FAILED: the record of example.com has the unknown term ipv4:192.0.2.1, so receivers ignore it")]
    [InlineData("v=spf1 --all", "FAILED: the record of example.com has the unknown term --all, so receivers ignore it")]
    [InlineData("v=spf1 +all", "warning: v=spf1 +all: +all of example.com lets everybody send for you")]
    [InlineData("v=spf1 ptr -all", "warning: v=spf1 ptr -all: ptr in the record of example.com is not to be used any more")]
    [InlineData("v=spf10 -all", "FAILED: example.com has no TXT record with v=spf1")]
    [InlineData("v=spf1 -all|v=spf1 ~all", "FAILED: example.com has 2 such records; there must be one")]
    public async Task An_SPF_record_is_read_as_a_receiver_reads_it(string records, string expected)
    {
        dns.Texts["example.com"] = records.Split('|');
        dns.Texts["a.example.net"] = ["v=spf1 include:b.example.net ip4:192.0.2.0/24 -all"];
        dns.Texts["b.example.net"] = ["v=spf1 a:mail.example.net/28 unknown=modifier ~all"];
        dns.Texts["loop.example.net"] = ["v=spf1 include:example.com -all"];
        dns.Silent.Add("silent.example.net");

        Assert.Equal("dns SPF: " + expected, (await ExamineAsync())[0]);
    }

    [Theory]
    [InlineData("mail.example.com", "OK: of example.com: v=DMARC1; p=none")]
    [InlineData("a.b.c.d.e.f.g.h.example.com", "OK: of example.com: v=DMARC1; p=none")]
    [InlineData("own.example.org", "OK: v=DMARC1; p=reject; psd=n")]
    [InlineData("x.own.example.org", "OK: of own.example.org: v=DMARC1; p=reject; psd=n")]
    [InlineData("shop.bank", "OK: of bank: v=DMARC1; p=reject; psd=y")]
    [InlineData("www.shop.bank", "OK: of bank: v=DMARC1; p=reject; psd=y")]
    [InlineData("twice.example.org", "FAILED: _dmarc.twice.example.org has several such records; there must be one")]
    [InlineData("nothing.example.net", "FAILED: neither _dmarc.nothing.example.net nor a parent has a TXT record with v=DMARC1")]
    [InlineData("x.silent.example.net", "not checked: no DNS server answered about _dmarc.silent.example.net")]
    public async Task A_DMARC_record_is_found_by_a_walk_up_the_tree(string domain, string expected)
    {
        mail.From = "news@" + domain;
        dns.Texts["_dmarc.own.example.org"] = ["v=DMARC1; p=reject; psd=n"];
        dns.Texts["_dmarc.bank"] = ["v=DMARC1; p=reject; psd=y"];
        dns.Texts["_dmarc.twice.example.org"] = ["v=DMARC1; p=none", "v=DMARC1; p=reject"];
        dns.Texts["_dmarc.nothing.example.net"] = ["v=dmarc1; p=none", "p=none; v=DMARC1", ""];
        dns.Silent.Add("_dmarc.silent.example.net");

        Assert.Contains("dns DMARC: " + expected, await ExamineAsync());
    }

    [Fact]
    public async Task A_long_name_costs_eight_questions_about_DMARC()
    {
        var names = new List<string>();
        await DmarcWalk.ReadAsync("a.b.c.d.e.f.g.h.i.j.mail.example.com", (name, _) =>
        {
            names.Add(name);
            return Task.FromResult<IReadOnlyList<string>?>([]);
        }, Stop);

        Assert.Equal(
            [
                "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com", "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
                "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com", "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com",
            ],
            names);
    }

    [Theory]
    [InlineData("bounces.example.com", "p=none", "OK: bounces.example.com and example.com belong to example.com")]
    [InlineData(
        "bounces.example.com",
        "p=none; aspf=s",
        "warning: bounces.example.com does not count as the domain of From: aspf=s of example.com asks for "
            + "example.com. DMARC then needs DKIM alone")]
    [InlineData(
        "relay.example.net",
        "p=none",
        "warning: relay.example.net does not count as the domain of From: relay.example.net belongs to "
            + "relay.example.net, and example.com to example.com. DMARC then needs DKIM alone")]
    [InlineData(
        "part.example.com",
        "p=none",
        "warning: part.example.com does not count as the domain of From: part.example.com belongs to "
            + "part.example.com, and example.com to example.com. DMARC then needs DKIM alone")]
    [InlineData("silent.example.net", "p=none", "not checked: no DNS server answered about _dmarc.silent.example.net")]
    public async Task The_domain_of_the_envelope_is_compared_with_that_of_From(string bounces, string policy, string expected)
    {
        mail.Bounces = "bounces@" + bounces;
        dns.Texts["_dmarc.example.com"] = ["v=DMARC1; " + policy];
        dns.Texts["_dmarc.part.example.com"] = ["v=DMARC1; p=none; psd=n"];
        dns.Texts[bounces] = ["v=spf1 include:relay.example.net -all"];
        dns.Hosts[bounces] = ["."];
        dns.Silent.Add("_dmarc.silent.example.net");
        var lines = await ExamineAsync();

        Assert.Contains("dns bounces alignment: " + expected, lines);
        Assert.Contains($"dns bounces MX: FAILED: {bounces} takes no mail (its MX record is \".\"), so bounces are lost", lines);
        Assert.Contains(lines, line => line.StartsWith("dns bounces SPF: FAILED: relay.example.net, which ", StringComparison.Ordinal)
            || bounces == "relay.example.net");
    }

    [Fact]
    public async Task A_domain_without_MX_is_a_warning_and_a_silent_server_is_not_checked()
    {
        dns.Hosts.Clear();
        Assert.Contains(
            "dns MX: warning: example.com has no MX record: answers of readers arrive only if the host example.com takes mail",
            await ExamineAsync());

        dns.Hosts["example.com"] = ["."];
        Assert.Contains(
            "dns MX: FAILED: example.com takes no mail (its MX record is \".\"), so answers of readers are lost", await ExamineAsync());
        mail.Bounces = "bounces@example.net";
        Assert.Contains(
            "dns MX: warning: example.com takes no mail (its MX record is \".\"), so answers of readers are lost", await ExamineAsync());

        dns.Change = (_, _) => null;
        Assert.DoesNotContain(await ExamineAsync(), line => line.Contains(": OK", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("wrong id")]
    [InlineData("garbage")]
    [InlineData("empty")]
    [InlineData("header only")]
    [InlineData("half")]
    [InlineData("counts")]
    [InlineData("pointer loop")]
    [InlineData("always cut")]
    [InlineData("refused")]
    [InlineData("no question")]
    public async Task A_hostile_answer_is_never_OK(string kind)
    {
        dns.Change = (answer, overTcp) =>
        {
            switch (kind)
            {
                case "wrong id":
                    answer[0] ^= 0xFF;
                    return answer;
                case "garbage":
                    return [.. Enumerable.Range(0, 400).Select(one => (byte)(one * 37))];
                case "empty":
                    return [];
                case "header only":
                    return answer[..12];
                case "half":
                    return answer[..(answer.Length / 2)];
                case "counts":
                    answer[6] = answer[7] = 0xFF;
                    return answer;
                case "pointer loop":
                    var at = answer.AsSpan().LastIndexOf([(byte)0xC0, (byte)12]);
                    answer[at + 1] = (byte)at;
                    return answer;
                case "always cut":
                    answer[2] |= 2;
                    return answer;
                case "refused":
                    answer[3] = 0x85;
                    return answer;
                default:
                    answer[5] = 0;
                    return answer;
            }
        };

        Assert.All(await ExamineAsync(), line => Assert.Contains(": not checked", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cut_answer_is_asked_for_again_over_TCP_however_long_it_is()
    {
        dns.Texts["example.com"] = ["v=spf1 " + string.Concat(Enumerable.Repeat("ip4:192.0.2.1 ", 3_500)) + "-all"];
        var line = (await ExamineAsync())[0];
        Assert.StartsWith("dns SPF: OK: v=spf1 ip4:192.0.2.1 ", line, StringComparison.Ordinal);
        Assert.True(line.Length < 300);

        dns.Texts["example.com"] = [.. Enumerable.Range(0, 1_000).Select(one => $"v=spf1 ip4:192.0.2.{one % 256} -all")];
        Assert.Equal("dns SPF: FAILED: example.com has 100 such records; there must be one", (await ExamineAsync())[0]);
    }

    [Fact]
    public async Task A_tree_of_includes_costs_few_questions()
    {
        for (var one = 0; one < 20; one++)
        {
            dns.Texts[$"i{one}.example.com"] =
                ["v=spf1 " + string.Join(' ', Enumerable.Range(0, 20).Select(other => $"include:i{other}.example.com"))];
        }

        dns.Texts["example.com"] = dns.Texts["i0.example.com"];
        Assert.StartsWith("dns SPF: FAILED: ", (await ExamineAsync())[0], StringComparison.Ordinal);
        Assert.InRange(dns.Asked, 1, 20);
    }

    private async Task<IReadOnlyList<string>> ExamineAsync()
    {
        var records = new DnsRecords(new LookupClientOptions(new NameServer(IPAddress.Loopback, dns.Port))
        {
            Timeout = TimeSpan.FromMilliseconds(300),
            Retries = 0,
            UseCache = false,
        });
        return [.. (await MailRecords.ExamineAsync(mail, null, [], records.TxtAsync, records.MxAsync, Stop)).Select(one => one.ToLine())];
    }
}
