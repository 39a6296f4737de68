; What a batch of cases needs, the same in all versions of GIMP. The variable `log` is set before.

(define last-error "")
(define *error-hook*
  (lambda what
    (set! last-error what)
    (apply throw what)))

; (ok VALUE) of a function, or (error TEXT...).
(define (attempt function)
  (catch (cons "error" last-error) (list "ok" (function))))

; Adds a line to the log, in which the plug-in's undo groups are noted too (undo_log.c).
(define (note . words)
  (let ((port (open-input-output-file log)))
    (for-each (lambda (word) (display word port) (display " " port)) words)
    (newline port)
    (close-port port)))

; An image of 60x52 with two layers: "photo" from one file at (7,5), and from another "other" at
; (-4,14), over it at position 0 or under it at 1. `precision` is 0 for that of the file.
(define (build photo other precision position)
  (let* ((image (load-image photo))
         (layer (first-layer image)))
    (gimp-image-undo-disable image)
    (gimp-item-set-name layer "photo")
    (if (> precision 0) (gimp-image-convert-precision image precision))
    (gimp-image-resize image 60 52 7 5)
    (let ((second (load-layer image other)))
      (gimp-image-insert-layer image second 0 position)
      (gimp-item-set-name second "other")
      (gimp-layer-set-offsets second -4 14))
    (gimp-image-undo-enable image)
    image))

; On a copy of an image, selects by (select image) and calls (procedure image layer) between two
; saved states. Says how it went: the layer that came, its position, whether in the same image.
(define (run-case name built select procedure before after)
  (let* ((image (one (gimp-image-duplicate built)))
         (layer (one (gimp-image-get-layer-by-name image "photo"))))
    (select image)
    (save-xcf image before)
    (note "==" name)
    (let* ((result (attempt (lambda () (one (procedure image layer)))))
           (done (string=? (car result) "ok")))
      (if done
        (let* ((made (cadr result)) (home (image-of made)))
          (note "ok" (item-name made) "@" (position-of home made) (if (= home image) "same" "new"))
          (save-xcf home after)
          (if (not (= home image)) (gimp-image-delete home)))
        (begin
          (apply note result)
          (save-xcf image after)))
      (gimp-image-delete image))))
