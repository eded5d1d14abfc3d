namespace DailyDigest.Digests;

/// <summary>How the pictures of stories reach readers. Section <c>Pictures</c>.</summary>
public sealed class PicturesOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Pictures";

    /// <summary>
    /// True to fetch the pictures of a digest once, when it is frozen, and to serve copies from <c>Publication__BaseUrl</c>. The owner of a
    /// feed then neither sees who opens a mail, nor can replace a picture later. False to link them where they are.
    /// </summary>
    public bool Copy { get; set; }
}
