using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>The suppression list: what comes on it, what it prevents, and how it is taken off. It is 2 March 2026.</summary>
public sealed class SuppressionTests : IDisposable
{
    private const string Reader = "reader@example.com";
    private readonly SubscriberFixture fixture = new(sqlite: true);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Whatever_suppresses_an_address_is_on_the_list_until_it_is_lifted()
    {
        var one = await fixture.SubscribedAsync(Reader);
        await fixture.SubscribedAsync("erased@example.com");
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("nobody@example.com"), Suppression.Blocked, Cancellation);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), Suppression.Bounced, Cancellation);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), Suppression.Complained, Cancellation);
        await fixture.Erase.ExecuteAsync((await fixture.FindAsync("erased@example.com"))!.Id, Cancellation);

        var listed = await ListAsync();
        Assert.Equal(
            [Suppression.Complained, Suppression.Erased, Suppression.Blocked], listed.Select(entry => entry.Entry.Reason).Order());
        Assert.Equal(one.Id, listed.Single(entry => entry.Entry.Reason == Suppression.Complained).Person!.Id);
        Assert.All(listed, entry => Assert.Equal(fixture.Time.GetUtcNow(), entry.Entry.Since));

        await fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), Cancellation);
        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(one.Id, Cancellation));
        Assert.Equal(2, (await ListAsync()).Count);
    }

    [Fact]
    public async Task A_store_from_before_there_was_a_list_is_listed_at_a_start()
    {
        for (var number = 0; number < 20; number++)
        {
            var hash = fixture.Hash.Of(SubscriberFixture.Address($"old{number}@example.com"));
            await fixture.Tables.WriteAsync(
                Tables.Addresses, hash[..2], TableWrite.Insert(new TableRow(hash) { { "reason", "Bounced" } }), Cancellation);
        }

        var start = new ListEarlierSuppressions(fixture.Tables, fixture.Addresses);
        await start.ExecuteAsync(Cancellation);
        Assert.Equal(20, (await ListAsync()).Count);
        fixture.Plan.Restart();
        await start.ExecuteAsync(Cancellation);
        Assert.Single(fixture.Plan.Trace);

        // In pages of any size.
        foreach (var size in new[] { 1, 3, 19 })
        {
            var keys = new List<string>();
            for (string? after = null, last = ""; last is not null; after = last)
            {
                var page = await fixture.ListSuppressions.ExecuteAsync(after, size, Cancellation);
                keys.AddRange(page.Select(one => one.Entry.Key));
                last = page.Count == size ? page[^1].Entry.Key : null;
            }

            Assert.Equal((await ListAsync()).Select(one => one.Entry.Key), keys);
        }

        var removed = await fixture.Remove.ExecuteAsync(SubscriberFixture.Address("old7@example.com"), false, Cancellation);
        Assert.Equal((RemoveSuppressionOutcome.Removed, Suppression.Bounced), (removed.Outcome, removed.Reason));
        Assert.Equal(19, (await ListAsync()).Count);
    }

    [Theory]
    [InlineData(Suppression.Unsubscribed, false, RemoveSuppressionOutcome.Removed)]
    [InlineData(Suppression.Bounced, false, RemoveSuppressionOutcome.Removed)]
    [InlineData(Suppression.Blocked, false, RemoveSuppressionOutcome.Removed)]
    [InlineData(Suppression.Complained, false, RemoveSuppressionOutcome.NeedsOwner)]
    [InlineData(Suppression.Complained, true, RemoveSuppressionOutcome.Removed)]
    public async Task Removing_lifts_the_reason_and_subscribes_nobody(
        Suppression reason, bool isOwner, RemoveSuppressionOutcome expected)
    {
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), reason, Cancellation);
        var status = (await fixture.FindAsync(Reader))!.Status;
        Assert.NotEqual(SubscriberStatus.Active, status);

        var removed = await fixture.Remove.ExecuteAsync(SubscriberFixture.Address(Reader), isOwner, Cancellation);
        Assert.Equal(expected, removed.Outcome);
        var (found, still) = await fixture.Find.ExecuteAsync(SubscriberFixture.Address(Reader), Cancellation);
        Assert.Equal((person.Id, status), (found!.Id, found.Status));
        Assert.Equal(expected == RemoveSuppressionOutcome.Removed ? null : reason, still);
        Assert.False(await fixture.IsMailedAsync(person.Id));
        var again = await fixture.Remove.ExecuteAsync(SubscriberFixture.Address(Reader), true, Cancellation);
        Assert.Equal(
            expected == RemoveSuppressionOutcome.Removed ? RemoveSuppressionOutcome.NotFound : RemoveSuppressionOutcome.Removed,
            again.Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hash_is_found_by_a_list_of_readers_and_a_sign_up_of_their_own_lifts_it(bool isSha256)
    {
        await ImportAsync(Hex(Reader, isSha256) + "\n");
        using var list = new MemoryStream(Encoding.UTF8.GetBytes($"email\n{Reader}\nother@example.com\n"));
        var trial = await fixture.Import.ExecuteAsync(list, "x", true, _ => { }, null, Cancellation);
        Assert.Equal((1, 1), (trial.Added, trial.LeftOut));
        var report = await fixture.Import.ExecuteAsync(list, "x", false, _ => { }, null, Cancellation);
        Assert.Equal((1, 1), (report.Added, report.LeftOut));
        Assert.Null(await fixture.FindAsync(Reader));

        // The reason has moved to the address.
        Assert.Null(Assert.Single(await ListAsync()).Entry.Digest);
        await fixture.SubscribedAsync(Reader);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_hash_ends_the_subscriptions_that_it_means_and_no_newer_ones()
    {
        await fixture.SubscribedAsync(Reader);
        await fixture.SubscribedAsync("newer@example.com");
        await fixture.SubscribedAsync("stays@example.com");
        var report = await ImportAsync(
            $"sha256,reason,date\n{Hex("READER@example.com")},complained,\n"
            + $"{Hex("newer@example.com").ToUpperInvariant()},spam,2025-01-01\n");
        Assert.Equal((2, 2, 1), (report.Rows, report.Added, report.Ended));
        Assert.Equal(SubscriberStatus.Complained, (await fixture.FindAsync(Reader))!.Status);
        Assert.Equal(SubscriberStatus.Active, (await fixture.FindAsync("newer@example.com"))!.Status);
        Assert.Equal(SubscriberStatus.Active, (await fixture.FindAsync("stays@example.com"))!.Status);
    }

    [Fact]
    public async Task A_blocked_hash_gets_no_mail_and_its_sign_up_makes_the_same_calls()
    {
        await ImportAsync(Hex("blocked@example.com") + "\n", Suppression.Blocked);
        async Task<string[]> CallsAsync(string address)
        {
            fixture.Plan.Restart();
            await fixture.SignUp.ExecuteAsync(new SignUpRequest(address, "page"), Cancellation);
            return [.. fixture.Plan.Trace.Select(call => $"{call.Operation} {call.Place}")];
        }

        await CallsAsync("first@example.com");
        Assert.Equal(await CallsAsync("fresh@example.com"), await CallsAsync("blocked@example.com"));
        await fixture.SendNotices.ExecuteAsync(Cancellation);
        Assert.Equal(
            ["first@example.com", "fresh@example.com"], fixture.Box.Letters.Select(letter => letter.To.Value).Order());
        var id = (await fixture.FindAsync("blocked@example.com"))!.Id;
        Assert.Equal(ConfirmOutcome.NothingToConfirm, await fixture.Confirm.ExecuteAsync(id, Cancellation));

        var mover = await fixture.SubscribedAsync("mover@example.com");
        await fixture.AskAddress.ExecuteAsync(mover.Id, "blocked@example.com", Cancellation);
        fixture.Box.Letters.Clear();
        await fixture.SendNotices.ExecuteAsync(Cancellation);
        Assert.DoesNotContain(fixture.Box.Letters, letter => letter.To.Value == "blocked@example.com");
        var tag = fixture.Hash.Tag(SubscriberFixture.Address("blocked@example.com"));
        Assert.Equal(
            NewAddressOutcome.NotMoved,
            await fixture.ConfirmAddress.ExecuteAsync(mover.Id, tag, new ConsentPage("x", "en", null), Cancellation));
        Assert.Equal("mover@example.com", (await fixture.FindAsync("mover@example.com"))!.Address);
    }

    [Theory]
    [InlineData("email,reason\n", "a@example.com,gone\n", "reason: not unsubscribed")]
    [InlineData("email,reason\n", "a@example.com\n", "the row has 1 of 2 cells.")]
    [InlineData("email,reason\n", "a@example.com,bounced,more\n", "the row has 3 of 2 cells.")]
    [InlineData("email,date\n", "a@example.com,03/04/2025\n", "day and month could be swapped")]
    [InlineData("email,date\n", "a@example.com,2036-01-01\n", "date: ")]
    [InlineData("email,sha256\n", ",\n", "neither an address nor a hash")]
    [InlineData("sha256\n", "0123\n", "the entry is neither")]
    [InlineData("sha256\n", "zz23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", "the entry is neither")]
    [InlineData("email,md5\n", "a@example.com,0123456789abcdef0123456789abcdef\n", "not that of the address")]
    [InlineData("email,reason\n", "\"a@example.com\nb@example.com\",bounced\n", "a value has a line break")]
    [InlineData("email\n", "=HYPERLINK(1)\n", "the entry is neither")]
    [InlineData("recipient,reason\n", "a@example.com,550 5.1.1 no such user\n", "Rename the column")]
    [InlineData("email,address\n", ",1 Quay Street\n", "neither an address nor a hash")]
    public async Task A_row_that_is_not_understood_is_refused_with_its_line(string header, string row, string fault)
    {
        var refused = new List<RefusedRow>();
        var (good, cells) = ("ok@example.com", header.Count(letter => letter == ','));
        var report = await ImportAsync(
            "\uFEFF" + (header + good + new string(',', cells) + "\n" + row).Replace("\n", "\r\n", StringComparison.Ordinal),
            refused: refused);
        Assert.Equal((2, 1, 1, null), (report.Rows, report.Added, report.Refused, report.Fault));
        var line = Assert.Single(refused);
        Assert.Contains(fault, line.Reason, StringComparison.Ordinal);
        Assert.True(line.Line is 3 or 4);
        Assert.DoesNotContain("@", line.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name,phone\nx,y\n")]
    [InlineData("")]
    [InlineData("a@example.com,b\n")]
    public async Task A_list_without_addresses_or_hashes_is_refused_whole(string text)
    {
        var report = await ImportAsync(text);
        Assert.StartsWith("Line 1", report.Fault, StringComparison.Ordinal);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task The_same_list_again_changes_nothing_and_a_stop_in_between_loses_nothing()
    {
        var text = new StringBuilder("email,reason\n");
        for (var number = 0; number < 40; number++)
        {
            text.Append(number % 2 == 0 ? Hex($"r{number}@example.com") : $"r{number}@example.com").Append(",bounced\n");
            await fixture.SubscribedAsync($"r{number}@example.com");
        }

        fixture.Plan.Restart();
        fixture.Plan.StopBefore = 60;
        await Assert.ThrowsAnyAsync<Exception>(() => ImportAsync(text.ToString()));
        await fixture.RestartAndFinishAsync();
        await ImportAsync(text.ToString());
        var again = await ImportAsync(text.ToString());
        Assert.Equal((40, 40, 0), (again.Rows, again.Known, again.Ended));
        Assert.Equal(40, (await ListAsync()).Select(one => one.Person!.Id).Distinct().Count());
        Assert.All(await ListAsync(), one => Assert.Equal(SubscriberStatus.Bounced, one.Person!.Status));
    }

    [Fact]
    public async Task An_export_has_hashes_reasons_and_dates_and_another_store_takes_it()
    {
        await fixture.SubscribedAsync(Reader);
        await fixture.SubscribedAsync("=1+1@example.com");
        var refused = new List<RefusedRow>();
        await ImportAsync(
            $"md5,reason,date,source\n{Hex("x@example.com", isSha256: false)},unsubscribed,2025-03-04T05:06:07Z,=cmd()\n",
            refused: refused);
        Assert.Empty(refused);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), Suppression.Complained, Cancellation);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("=1+1@example.com"), Suppression.Blocked, Cancellation);

        var (plain, clear) = (await ExportAsync(false), await ExportAsync(true));
        Assert.StartsWith("email,sha256,md5,reason,date,source\r\n", plain, StringComparison.Ordinal);
        Assert.Contains($",{Hex(Reader)},,complained,2026-03-02T10:00:00Z,", plain, StringComparison.Ordinal);
        Assert.Contains(
            $",,{Hex("x@example.com", isSha256: false)},unsubscribed,2025-03-04T05:06:07Z,\"'=cmd()\"", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("@", plain, StringComparison.Ordinal);
        Assert.Contains(Reader, clear, StringComparison.Ordinal);
        Assert.Contains("\r\n\"'=1+1@example.com\",", clear, StringComparison.Ordinal);

        using var other = new SubscriberFixture();
        foreach (var text in new[] { plain, clear })
        {
            var report = await ImportAsync(text, fixture: other);
            Assert.Equal((3, 0), (report.Rows, report.Refused));
        }
    }

    [Fact]
    public async Task An_erasure_also_deletes_the_hash_that_a_list_brought()
    {
        await ImportAsync(Hex(Reader) + "\n");
        var person = await fixture.SignedUpAsync(Reader);
        await fixture.Erase.ExecuteAsync(person.Id, Cancellation);
        var entry = Assert.Single(await ListAsync()).Entry;
        Assert.Equal((Suppression.Erased, null), (entry.Reason, entry.Digest));
    }

    [Fact]
    public void The_filter_of_hashes_forgets_none_and_passes_few_others()
    {
        var filter = new DigestFilter(2_000 * 65);
        var all = Enumerable.Range(0, 4_000).Select(number => new AddressDigest("sha256", Hex($"r{number}@example.com"))).ToList();
        all.Take(2_000).ToList().ForEach(filter.Add);
        Assert.All(all.Take(2_000), digest => Assert.True(filter.MayHaveAny([digest])));
        Assert.InRange(all.Skip(2_000).Count(digest => filter.MayHaveAny([digest])), 0, 100);
    }

    private Task<IReadOnlyList<ListedSuppression>> ListAsync() => fixture.ListSuppressions.ExecuteAsync(null, 1_000, Cancellation);

    private async Task<string> ExportAsync(bool withAddresses)
    {
        using var csv = new MemoryStream();
        await new ExportSuppressions(fixture.ListSuppressions).ExecuteAsync(csv, withAddresses, Cancellation);
        return Encoding.UTF8.GetString(csv.ToArray());
    }

    private async Task<SuppressionImport> ImportAsync(
        string text, Suppression reason = Suppression.Unsubscribed, List<RefusedRow>? refused = null, SubscriberFixture? fixture = null)
    {
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await (fixture ?? this.fixture).ImportSuppressions.ExecuteAsync(
            csv, new SuppressionDefaults(reason, "old list"), false, row => refused?.Add(row), null, Cancellation);
    }

    private static string Hex(string address, bool isSha256 = true)
    {
        var bytes = Encoding.UTF8.GetBytes(address.ToLowerInvariant());
#pragma warning disable CA5351 // Lists of other programs have it.
        return Convert.ToHexStringLower(isSha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }
}
