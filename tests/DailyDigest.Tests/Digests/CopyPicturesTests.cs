using System.Collections.Concurrent;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Digests;

public sealed class CopyPicturesTests
{
    private static readonly DateOnly Date = new(2026, 3, 2);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
    private readonly ScriptedPictures reader = new();
    private readonly MemoryTableStore tables;
    private readonly PictureStore store;

    public CopyPicturesTests()
    {
        tables = new MemoryTableStore(time);
        store = new PictureStore(tables);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copied_picture_is_linked_on_our_own_origin_by_its_content()
    {
        var item = Assert.Single((await CopyAsync(Item("a", "http://photos.example/a.jpg"))).Items);
        var image = item.Story.Image!;
        Assert.Matches("^https://digest\\.example\\.com/pictures/2026-03-02/[0-9a-f]{32}\\.jpg$", image.Url);
        Assert.Equal(("A bridge", "Caption", 1200, 800), (image.Alt, image.Caption, image.Width, image.Height));
        var hash = image.Url.Split('/')[^1][..32];
        Assert.Equal("http://photos.example/a.jpg at 1200"u8.ToArray(), await store.GetAsync(Date, hash, Cancel));
        Assert.Null(await store.GetAsync(Date.AddDays(1), hash, Cancel));
        Assert.Null(await store.GetAsync(Date, "../" + hash[3..], Cancel));
    }

    [Fact]
    public async Task A_picture_that_cannot_be_copied_is_left_out_and_not_linked_where_it_is()
    {
        reader.Says["https://photos.example/a.jpg"] = () => new PictureReading.Refused("damaged");
        Assert.Null(Assert.Single((await CopyAsync(Item("a", "https://photos.example/a.jpg"))).Items).Story.Image);
    }

    [Fact]
    public async Task Each_source_is_fetched_once_a_date_and_anew_on_the_next()
    {
        reader.Says["https://photos.example/bad.jpg"] = () => new PictureReading.Refused("damaged");
        var digest = new[] { Item("a", "https://photos.example/a.jpg"), Item("b", "https://photos.example/bad.jpg") };
        await CopyAsync(digest);
        await CopyAsync(digest);
        Assert.Equal(["https://photos.example/a.jpg", "https://photos.example/bad.jpg"], reader.Asked.Order());
        var copies = new CopyPictures(
            new PicturesOptions { Copy = true }, store, Publication(), time, NullLogger<CopyPictures>.Instance, reader);
        await copies.ExecuteAsync(Digest(digest) with { Date = Date.AddDays(1) }, Cancel);
        Assert.Equal(4, reader.Asked.Count);
    }

    [Fact]
    public async Task The_first_article_gets_the_large_picture()
    {
        var digest = await CopyAsync(Item("a", "https://photos.example/a.jpg"), Item("b", "https://photos.example/b.jpg"));
        Assert.Equal([1200, 600], digest.Items.Select(item => item.Story.Image!.Width!.Value));
    }

    [Fact]
    public async Task A_digest_does_not_wait_for_slow_pictures()
    {
        var asked = new TaskCompletionSource();
        reader.Slow = asked;
        var copying = CopyAsync(Item("a", "https://photos.example/a.jpg"));
        await asked.Task.WaitAsync(Cancel);
        time.Advance(TimeSpan.FromSeconds(16));
        Assert.Null(Assert.Single((await copying).Items).Story.Image);

        // Nor do the digests of sections, which follow.
        Assert.Null(Assert.Single((await CopyAsync(Item("a", "https://photos.example/a.jpg"))).Items).Story.Image);
        Assert.Single(reader.Asked);
    }

    [Fact]
    public async Task A_picture_that_crashes_the_reader_costs_only_itself()
    {
        reader.Says["https://photos.example/a.jpg"] = () => throw new DllNotFoundException("libSkiaSharp");
        var digest = await CopyAsync(Item("a", "https://photos.example/a.jpg"), Item("b", "https://photos.example/b.jpg"));
        Assert.Equal([true, false], digest.Items.Select(item => item.Story.Image is null));
    }

    [Fact]
    public async Task A_picture_that_ended_the_program_is_not_read_again_after_the_restart()
    {
        using var stop = new CancellationTokenSource();
        reader.Says["https://photos.example/a.jpg"] = () =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        };
        var item = Item("a", "https://photos.example/a.jpg");
        var copies = new CopyPictures(
            new PicturesOptions { Copy = true }, store, Publication(), time, NullLogger<CopyPictures>.Instance, reader);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copies.ExecuteAsync(Digest([item]), stop.Token));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null((await CopyAsync(item)).Items[0].Story.Image);
        Assert.Single(reader.Asked);
    }

    [Fact]
    public async Task A_picture_that_another_process_reads_now_is_not_left_out()
    {
        await store.BeginAsync(Date, "https://photos.example/a.jpg", 1200, time.GetUtcNow(), Cancel);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull((await CopyAsync(Item("a", "https://photos.example/a.jpg"))).Items[0].Story.Image);
    }

    [Fact]
    public async Task Stories_with_the_same_picture_share_one_copy()
    {
        var digest = await CopyAsync(
            Item("a", "https://photos.example/a.jpg"), Item("b", "https://photos.example/b.jpg"),
            Item("c", "https://photos.example/b.jpg"));
        Assert.Equal(2, reader.Asked.Count);
        Assert.Equal(digest.Items[1].Story.Image!.Url, digest.Items[2].Story.Image!.Url);
    }

    [Fact]
    public async Task Without_the_setting_the_pictures_stay_where_they_are()
    {
        var copies = new CopyPictures(
            new PicturesOptions(), store, Publication(), time, NullLogger<CopyPictures>.Instance, reader);
        var digest = await copies.ExecuteAsync(Digest([Item("a", "https://photos.example/a.jpg")]), Cancel);
        Assert.Equal("https://photos.example/a.jpg", digest.Items[0].Story.Image!.Url);
        Assert.Empty(reader.Asked);
    }

    [Fact]
    public async Task The_largest_picture_fits_into_a_row_though_it_cannot_be_compressed()
    {
        var noise = new byte[PictureReading.MaxBytes];
        new Random(1).NextBytes(noise);
        reader.Says["https://photos.example/a.jpg"] = () => new PictureReading.Read(noise, 1200, 800);
        var image = (await CopyAsync(Item("a", "https://photos.example/a.jpg"))).Items[0].Story.Image!;
        Assert.Equal(noise, await store.GetAsync(Date, image.Url.Split('/')[^1][..32], Cancel));
    }

    private Task<Digest> CopyAsync(params DigestItem[] items) => new CopyPictures(
        new PicturesOptions { Copy = true }, store, Publication(), time, NullLogger<CopyPictures>.Instance, reader)
        .ExecuteAsync(Digest(items), Cancel);

    private static Publication Publication() => new() { BaseUrl = "https://digest.example.com" };

    private Digest Digest(IReadOnlyList<DigestItem> items) =>
        new() { Date = Date, Cohort = "daily_07_Etc.UTC", FrozenAt = time.GetUtcNow(), Items = items };

    private DigestItem Item(string id, string url) => new(
        new Story
        {
            Id = id,
            Kind = StoryKind.Article,
            Url = "https://paper.example/" + id,
            Title = id,
            Image = new StoryImage(url, "A bridge", "Caption", null, null, null),
            Source = "paper",
            Published = time.GetUtcNow(),
            FirstSeen = time.GetUtcNow(),
        },
        id, 1, [], []);

    private sealed class ScriptedPictures : IPictureReader
    {
        public ConcurrentDictionary<string, Func<PictureReading>> Says { get; } = new();

        public ConcurrentQueue<string> Asked { get; } = new();

        public TaskCompletionSource? Slow { get; set; }

        public async Task<PictureReading> ReadAsync(string url, int maxWidth, CancellationToken cancellationToken)
        {
            Asked.Enqueue(url);
            if (Slow is not null)
            {
                Slow.SetResult();
                var stopped = new TaskCompletionSource();
                await using var _ = cancellationToken.Register(stopped.SetResult);
                await stopped.Task;
                cancellationToken.ThrowIfCancellationRequested();
            }

            return Says.TryGetValue(url, out var reading)
                ? reading()
                : new PictureReading.Read(System.Text.Encoding.UTF8.GetBytes($"{url} at {maxWidth}"), maxWidth, maxWidth * 2 / 3);
        }
    }
}
